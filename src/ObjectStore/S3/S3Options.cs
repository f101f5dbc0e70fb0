namespace GifShare.ObjectStore;

/// <summary>The settings <c>ObjectStore:S3:…</c> (docs/operations.md): Amazon S3 or a server that speaks its protocol.</summary>
public sealed class S3Options
{
    public const string Section = "ObjectStore:S3";

    /// <summary>The server's http or https address, without a path; empty: Amazon's for <see cref="Region"/>.</summary>
    public string? Endpoint { get; set; }

    /// <summary>The address at which clients reach the server, where it is another than <see cref="Endpoint"/>. Used with <see cref="Direct"/>.</summary>
    public string? PublicEndpoint { get; set; }

    /// <summary>Part of every signature; other servers than Amazon's mostly take any. Default <c>us-east-1</c> with an <see cref="Endpoint"/>.</summary>
    public string? Region { get; set; }

    /// <summary>Created when it is missing and the credentials allow it.</summary>
    public string Bucket { get; set; } = "";

    /// <summary>Put before all keys, for a bucket with other content beside; without slashes at its ends.</summary>
    public string Prefix { get; set; } = "";

    /// <summary><c>endpoint/bucket/key</c> instead of <c>bucket.endpoint/key</c>. Default: true with an <see cref="Endpoint"/>.</summary>
    public bool? PathStyle { get; set; }

    /// <summary>Empty: the SDK's own chain, such as a role of the machine or the pod.</summary>
    public string? AccessKey { get; set; }

    public string? SecretKey { get; set; }

    /// <summary>Clients send parts to, and read objects from, <see cref="PublicEndpoint"/> themselves, by signed addresses.</summary>
    public bool Direct { get; set; }

    /// <summary>What the server shows when it tells of new objects (<c>POST /hooks/s3</c>), at least 32 characters; empty: it tells nothing.</summary>
    public string? EventSecret { get; set; }

    /// <summary><c>none</c> (the bucket decides), <c>AES256</c> or <c>aws:kms</c>.</summary>
    public string ServerSideEncryption { get; set; } = "none";

    /// <summary>With <c>aws:kms</c>; empty: the account's default key.</summary>
    public string? KmsKeyId { get; set; }

    /// <summary>The storage class into which objects move after <see cref="ColdAfterDays"/>, such as <c>STANDARD_IA</c>.</summary>
    public string? ColdStorageClass { get; set; }

    /// <summary>0: objects stay where they are.</summary>
    public int ColdAfterDays { get; set; }

    /// <summary>How long one call may take, its repetitions included. Calls that move bytes get more: a second for each 256 KB.</summary>
    public int TimeoutSeconds { get; set; } = 10;

    /// <summary>Objects that are open for reading at a time; each holds a connection. One more waits, then it is unavailable.</summary>
    public int MaxReads { get; set; } = 256;

    /// <summary>Connections for everything else.</summary>
    public int MaxConnections { get; set; } = 64;

    /// <summary><c>ObjectStore:MinimumFreeBytes</c>: stays free on the disk of temporary files, where content waits whose length is not known.</summary>
    public long MinimumFreeBytes { get; set; } = 256L << 20;

    /// <summary>A sentence for each setting that is missing or wrong.</summary>
    public IEnumerable<string> Problems()
    {
        if (Bucket.Length is < 3 or > 63)
            yield return $"{Section}:Bucket is not set: the name of the bucket, 3 to 63 letters.";
        if (string.IsNullOrEmpty(Endpoint) && string.IsNullOrEmpty(Region))
            yield return $"{Section}:Endpoint is not set: the address of the S3 server, such as https://s3.example.org; for Amazon's give {Section}:Region instead.";
        if (!IsAddress(Endpoint))
            yield return $"{Section}:Endpoint must be an http or https address without a path, such as https://s3.example.org.";
        if (!IsAddress(PublicEndpoint))
            yield return $"{Section}:PublicEndpoint must be an http or https address without a path, such as https://s3.example.org.";
        if (string.IsNullOrEmpty(AccessKey) != string.IsNullOrEmpty(SecretKey))
            yield return $"{Section}:AccessKey and {Section}:SecretKey belong together: give both, or neither where the machine has a role.";
        if (ServerSideEncryption is not ("none" or "AES256" or "aws:kms"))
            yield return $"{Section}:ServerSideEncryption must be none, AES256 or aws:kms.";
        if (!string.IsNullOrEmpty(KmsKeyId) && ServerSideEncryption != "aws:kms")
            yield return $"{Section}:KmsKeyId needs {Section}:ServerSideEncryption=aws:kms.";
        if (ColdAfterDays < 0 || (ColdAfterDays > 0 && string.IsNullOrEmpty(ColdStorageClass)))
            yield return $"{Section}:ColdAfterDays is a number of days and needs {Section}:ColdStorageClass, such as STANDARD_IA; 0 = off.";
        if (EventSecret is { Length: > 0 and < 32 })
            yield return $"{Section}:EventSecret needs at least 32 characters, such as those of openssl rand -hex 32.";
        if (TimeoutSeconds < 1 || MaxReads < 1 || MaxConnections < 1)
            yield return $"{Section}:TimeoutSeconds, MaxReads and MaxConnections are positive numbers.";
        if (MinimumFreeBytes < 0)
            yield return "ObjectStore:MinimumFreeBytes is a number of bytes and cannot be negative.";
    }

    static bool IsAddress(string? value) => string.IsNullOrEmpty(value)
        || (Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https") && uri.PathAndQuery == "/" && uri.UserInfo.Length == 0);
}
