using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;

namespace GifShare.ObjectStore;

/// <summary>Uploads in parts of the S3 store: each is a multipart upload of S3 to its staged key.</summary>
sealed class S3Uploads(S3Connection connection, S3Options options, S3Keys keys)
{
    /// <summary>The protocol's.</summary>
    public const long SmallestPart = 5 << 20;

    readonly string bucket = options.Bucket;

    public async Task<MultipartUpload> BeginAsync(string contentType, CancellationToken cancel)
    {
        var token = RandomNumberGenerator.GetHexString(32, lowercase: true);
        return new(token, await InitiateAsync(keys.OfStaged(token), contentType, cancel));
    }

    /// <returns>S3's id of the upload.</returns>
    public async Task<string> InitiateAsync(string key, string? contentType, CancellationToken cancel) => (await connection.AskAsync(
        (s3, limited) => s3.InitiateMultipartUploadAsync(options.Encrypt(new InitiateMultipartUploadRequest { BucketName = bucket, Key = key, ContentType = contentType }), limited), cancel)).UploadId;

    public async Task<ReceivedPart?> PutAsync(MultipartUpload upload, PartPlace place, Stream content, CancellationToken cancel)
    {
        var key = keys.OfStaged(upload.Token);
        // What the content throws must not look like a failure of the store, and the store may have to be sent it twice.
        await using var spool = await Spool.ReadExactlyAsync(content, place.Length, options.MinimumFreeBytes, cancel);
        return upload.StoreId.Length == 0 ? null : await MissingIsNullAsync(() => SendAsync(key, upload.StoreId, place.Number, spool.File, place.Length, cancel));
    }

    /// <summary>Sends a file in parts, one after the other, because it is too long for one request.</summary>
    public async Task SendAsync(string key, FileStream file, long partLength, string? contentType, CancellationToken cancel)
    {
        var upload = await InitiateAsync(key, contentType, cancel);
        try
        {
            List<ReceivedPart> parts = [];
            for (long sent = 0; sent < file.Length; sent += partLength)
                parts.Add(await SendAsync(key, upload, parts.Count + 1, file, Math.Min(partLength, file.Length - sent), cancel));
            await JoinAsync(key, upload, parts, cancel);
        }
        catch
        {
            await GiveUpAsync(key, upload);
            throw;
        }
    }

    public async Task<IReadOnlyList<ReceivedPart>?> ListAsync(MultipartUpload upload, CancellationToken cancel) =>
        (await PartsAsync(keys.OfStaged(upload.Token), upload.StoreId, cancel))?.Select(part => new ReceivedPart(part.PartNumber!.Value, Bare(part.ETag), part.Size!.Value)).ToList();

    /// <param name="stagedLength">Looks for the bytes of an upload that was completed already.</param>
    public async Task<long?> CompleteAsync(
        MultipartUpload upload, IReadOnlyList<ReceivedPart> parts, Func<Task<long?>> stagedLength, CancellationToken cancel)
    {
        // First, though it costs a request: of an upload that is gone Ceph says that its completion is in progress, for as long as one asks.
        if (await ListAsync(upload, cancel) is not { } stored)
            return await stagedLength();
        // The store would say that some part is wrong, not which.
        var wrong = parts.Except(stored).Select(part => part.Number)
            .Concat(parts.SkipLast(1).Where(part => part.Size < SmallestPart).Select(part => part.Number)).Distinct().Order().ToList();
        if (wrong.Count > 0 || parts.Count == 0)
            throw new PartsMismatchException(wrong);
        try
        {
            await JoinAsync(keys.OfStaged(upload.Token), upload.StoreId, parts, cancel);
            return parts.Sum(part => part.Size);
        }
        catch (AmazonS3Exception e) when (S3Failure.IsMissing(e))
        {
            // Completed or ended by another request, or by this one, whose answer was lost.
            return await stagedLength();
        }
        catch (AmazonS3Exception e) when (e.ErrorCode is "InvalidPart" or "InvalidPartOrder" or "EntityTooSmall")
        {
            // A part was replaced after it was listed; or the upload has others, which Ceph refuses; or another request has completed it.
            return await stagedLength() ?? throw new PartsMismatchException([]);
        }
    }

    /// <summary>False when there is no such upload.</summary>
    public async Task<bool> AbortAsync(MultipartUpload upload, CancellationToken cancel)
    {
        var key = keys.OfStaged(upload.Token);
        if (upload.StoreId.Length == 0)
            return false;
        return await MissingIsNullAsync(() => connection.AskAsync((s3, token) => s3.AbortMultipartUploadAsync(bucket, key, upload.StoreId, token), cancel)) is not null;
    }

    /// <summary>Ends the uploads of which nothing came since <paramref name="before"/>, and says how many.</summary>
    public async Task<int> SweepAsync(DateTime before, IReadOnlySet<string> kept, CancellationToken cancel)
    {
        var swept = 0;
        var request = new ListMultipartUploadsRequest { BucketName = bucket, Prefix = keys.Staging };
        ListMultipartUploadsResponse page;
        do
        {
            page = await connection.AskAsync((s3, token) => s3.ListMultipartUploadsAsync(request, token), cancel);
            (request.KeyMarker, request.UploadIdMarker) = (page.NextKeyMarker, page.NextUploadIdMarker);
            foreach (var upload in page.MultipartUploads ?? [])
            {
                if (upload.Initiated < before && !kept.Contains(upload.Key[keys.Staging.Length..])
                    && await PartsAsync(upload.Key, upload.UploadId, cancel) is { } parts && parts.TrueForAll(part => part.LastModified < before)
                    && await MissingIsNullAsync(() => connection.AskAsync((s3, token) => s3.AbortMultipartUploadAsync(bucket, upload.Key, upload.UploadId, token), cancel)) is not null)
                    swept++;
            }
        }
        while (page.IsTruncated == true);

        return swept;
    }

    /// <summary>An entity tag without its quotes.</summary>
    static string Bare(string? tag) => (tag ?? "").Trim('"');

    /// <summary>Sends one part from where a seekable stream is; repeated by the SDK, from there.</summary>
    public async Task<ReceivedPart> SendAsync(string key, string uploadId, int number, Stream file, long length, CancellationToken cancel)
    {
        var start = file.Position;
        var answer = await connection.MoveAsync(length, (s3, token) =>
        {
            file.Position = start;
            return s3.UploadPartAsync(
                new()
                {
                    BucketName = bucket,
                    Key = key,
                    UploadId = uploadId,
                    PartNumber = number,
                    PartSize = length,
                    InputStream = file,
                    // Ceph would keep "aws-chunked" as the object's encoding.
                    UseChunkEncoding = false,
                    DisablePayloadSigning = options.IsEncryptedOnTheWay,
                },
                token);
        }, cancel);
        file.Position = start + length;
        return new(number, Bare(answer.ETag), length);
    }

    public Task<CompleteMultipartUploadResponse> JoinAsync(string key, string uploadId, IReadOnlyList<ReceivedPart> parts, CancellationToken cancel) =>
        connection.CopyAsync((s3, token) => s3.CompleteMultipartUploadAsync(
            new()
            {
                BucketName = bucket,
                Key = key,
                UploadId = uploadId,
                PartETags = [.. parts.Select(part => new PartETag(part.Number, $"\"{part.ETag}\""))],
            },
            token), cancel);

    async Task<List<PartDetail>?> PartsAsync(string key, string uploadId, CancellationToken cancel)
    {
        if (uploadId.Length == 0)
            return null;
        List<PartDetail> found = [];
        var request = new ListPartsRequest { BucketName = bucket, Key = key, UploadId = uploadId };
        while (await MissingIsNullAsync(() => connection.AskAsync((s3, token) => s3.ListPartsAsync(request, token), cancel)) is { } page)
        {
            found.AddRange(page.Parts ?? []);
            if (page.IsTruncated != true)
                return found;
            request.PartNumberMarker = page.NextPartNumberMarker?.ToString();
        }

        return null;
    }

    /// <summary>Ends an upload; if that fails, our sweep or the bucket's rule does it later.</summary>
    public async Task GiveUpAsync(string key, string uploadId)
    {
        try
        {
            await connection.AskAsync((s3, token) => s3.AbortMultipartUploadAsync(bucket, key, uploadId, token), CancellationToken.None);
        }
        catch (Exception e) when (e is ObjectStoreUnavailableException or AmazonS3Exception)
        {
            // Left for the sweeper.
        }
    }

    static async Task<T?> MissingIsNullAsync<T>(Func<Task<T>> ask)
        where T : class
    {
        try
        {
            return await ask();
        }
        catch (AmazonS3Exception e) when (S3Failure.IsMissing(e))
        {
            return null;
        }
    }
}
