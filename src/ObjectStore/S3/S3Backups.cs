using System.Text.RegularExpressions;
using Amazon.S3;
using Amazon.S3.Model;

namespace GifShare.ObjectStore;

/// <summary>Backups in the bucket: <c>backups/{name}</c>, beside the objects. They are written and read as streams.</summary>
public sealed partial class S3Backups : IDisposable
{
    readonly S3Options options;
    readonly S3Connection connection;
    readonly S3Keys keys;

    /// <summary>Opens nothing yet.</summary>
    public S3Backups(S3Options options, TimeProvider time) => (this.options, connection, keys) = (options, new(options, time), new(options));

    /// <summary>Whether a name is one: letters, digits, dots, dashes and underscores, at most 200.</summary>
    public static bool IsName(string name) => Name().IsMatch(name);

    /// <exception cref="ObjectStoreUnavailableException">The bucket is not there, or cannot be asked.</exception>
    public async Task<bool> ExistsAsync(string name, CancellationToken cancel)
    {
        try
        {
            await connection.AskAsync((s3, limited) => s3.GetObjectMetadataAsync(options.Bucket, keys.Backups + name, limited), cancel);
            return true;
        }
        catch (AmazonS3Exception e) when (S3Failure.IsMissing(e))
        {
            await BucketPreparation.MustExistAsync(connection, options.Bucket, cancel);
            return false;
        }
    }

    /// <summary>A stream to write a backup to. It takes its name, and replaces one of that name, when it is completed.</summary>
    public async Task<S3BackupStream> CreateAsync(string name, CancellationToken cancel)
    {
        var begun = await connection.AskAsync((s3, limited) => s3.InitiateMultipartUploadAsync(
            options.Encrypt(new InitiateMultipartUploadRequest { BucketName = options.Bucket, Key = keys.Backups + name, ContentType = "application/x-tar" }), limited), cancel);
        return new(connection, options, keys.Backups + name, begun.UploadId);
    }

    /// <summary>The bytes of a backup; null when there is none of this name.</summary>
    public async Task<Stream?> OpenAsync(string name, CancellationToken cancel)
    {
        if (!await ExistsAsync(name, cancel))
            return null;
        await connection.BeginReadingAsync(cancel);
        try
        {
            return new S3ObjectStream(
                connection, options.Bucket, keys.Backups + name,
                await connection.AskAsync((s3, limited) => s3.GetObjectAsync(options.Bucket, keys.Backups + name, limited), cancel));
        }
        catch
        {
            connection.EndReading();
            throw;
        }
    }

    public void Dispose() => connection.Dispose();

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,200}\z")]
    private static partial Regex Name();
}
