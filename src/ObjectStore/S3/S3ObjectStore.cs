using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;

namespace GifShare.ObjectStore;

/// <summary>
/// An object store in a bucket of Amazon S3 or of a server that speaks its protocol: <c>objects/{first two digits}/{key}</c> and <c>staging/{token}</c>.
/// A commit is a copy inside the store, so an object is at most 5 GB, as S3 copies in one request.
/// </summary>
public sealed class S3ObjectStore : IObjectStore, IDisposable
{
    /// <summary>Bytes of what is sent in one request.</summary>
    const long LargestRequest = 64 << 20;

    readonly S3Options options;
    readonly TimeProvider time;
    readonly string bucket;
    readonly S3Keys keys;
    readonly S3Connection connection;
    readonly S3Addresses addresses;
    readonly S3Uploads uploads;

    /// <summary>Opens nothing yet.</summary>
    public S3ObjectStore(S3Options options, TimeProvider time)
    {
        (this.options, this.time, bucket) = (options, time, options.Bucket);
        keys = new(options);
        connection = new(options, time);
        addresses = new(options, keys);
        uploads = new(connection, options, keys);
    }

    internal S3Connection Connection => connection;

    internal S3Uploads Uploads => uploads;

    public async Task<StagedObject?> StageAsync(Stream content, long limit, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        await using var spool = await Spool.ReadAllAsync(content, limit, options.MinimumFreeBytes, cancel);
        if (spool is null)
            return null;
        var token = RandomNumberGenerator.GetHexString(32, lowercase: true);
        await SendAsync(keys.OfStaged(token), spool, contentType: null, cancel);
        return new(token, spool.Sha256, spool.Length);
    }

    public async Task<Stream?> OpenStagedAsync(string token, CancellationToken cancel) => (await GetAsync(keys.OfStaged(token), cancel))?.Content;

    public Task<bool> DiscardAsync(string token, CancellationToken cancel) => DeleteAsync(keys.OfStaged(token), cancel);

    public async Task<CommitOutcome> CommitAsync(string token, ObjectKey key, CancellationToken cancel)
    {
        var (source, target) = (keys.OfStaged(token), keys.Of(key));
        var outcome = await LengthAsync(target, cancel) is not null ? CommitOutcome.AlreadyStored : await CopyAsync(source, target, key.ContentType, cancel);
        if (outcome != CommitOutcome.StagedGone)
            await connection.AskAsync((s3, limited) => s3.DeleteObjectAsync(bucket, source, limited), cancel);
        return outcome;
    }

    public Task<MultipartUpload> BeginUploadAsync(string contentType, CancellationToken cancel) => uploads.BeginAsync(contentType, cancel);

    public long SmallestPart => S3Uploads.SmallestPart;

    public string? ClientOrigin => addresses.Origin;

    public Uri? AddressOfPart(MultipartUpload upload, PartPlace place, string? contentType, TimeSpan life) => addresses.OfPart(upload, place, contentType, life);

    public Task<ReceivedPart?> PutPartAsync(MultipartUpload upload, PartPlace place, Stream content, CancellationToken cancel) =>
        uploads.PutAsync(upload, place, content, cancel);

    public Task<IReadOnlyList<ReceivedPart>?> ListPartsAsync(MultipartUpload upload, CancellationToken cancel) => uploads.ListAsync(upload, cancel);

    public Task<long?> CompleteUploadAsync(MultipartUpload upload, IReadOnlyList<ReceivedPart> parts, CancellationToken cancel) =>
        uploads.CompleteAsync(upload, parts, () => ExistingLengthAsync(keys.OfStaged(upload.Token), cancel), cancel);

    public async Task<bool> AbortUploadAsync(MultipartUpload upload, CancellationToken cancel)
    {
        var wasOpen = await uploads.AbortAsync(upload, cancel);
        return await DiscardAsync(upload.Token, cancel) || wasOpen;
    }

    public Uri? AddressOf(ObjectKey key, TimeSpan life) => addresses.Of(key, life);

    public async Task<OpenedObject?> OpenAsync(ObjectKey key, CancellationToken cancel) => await GetAsync(keys.Of(key), cancel) is var (content, storedAt)
        ? new OpenedObject(key, content, content.Length, $"\"{key.Sha256.AsSpan(0, 32)}\"", storedAt)
        : null;

    public async Task<bool> ExistsAsync(ObjectKey key, CancellationToken cancel) => await ExistingLengthAsync(keys.Of(key), cancel) is not null;

    public Task<bool> DeleteAsync(ObjectKey key, CancellationToken cancel) => DeleteAsync(keys.Of(key), cancel);

    public async IAsyncEnumerable<StoredObjectInfo> ListAsync(byte shard, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var found in ListAsync($"{keys.Objects}{shard:x2}/", cancel))
        {
            if (keys.TryParse(found.Key, out var key))
                yield return new(key, found.Size ?? 0, found.LastModified ?? default);
        }
    }

    public async Task<int> SweepStagingAsync(TimeSpan age, IReadOnlySet<string> kept, CancellationToken cancel)
    {
        var before = time.GetUtcNow().UtcDateTime - age;
        var swept = await uploads.SweepAsync(before, kept, cancel);
        await foreach (var found in ListAsync(keys.Staging, cancel))
        {
            if (found.LastModified < before && !kept.Contains(found.Key[keys.Staging.Length..]) && await DeleteAsync(found.Key, cancel))
                swept++;
        }

        return swept;
    }

    public void Dispose()
    {
        connection.Dispose();
        addresses.Dispose();
    }

    async Task<CommitOutcome> CopyAsync(string source, string target, string contentType, CancellationToken cancel)
    {
        try
        {
            await connection.CopyAsync((s3, limited) => s3.CopyObjectAsync(
                options.Encrypt(new CopyObjectRequest
                {
                    SourceBucket = bucket,
                    SourceKey = source,
                    DestinationBucket = bucket,
                    DestinationKey = target,
                    // Whoever reads the bucket by itself gets the type that was found, not the one the sender claimed.
                    MetadataDirective = S3MetadataDirective.REPLACE,
                    ContentType = contentType,
                }),
                limited), cancel);
            return CommitOutcome.Stored;
        }
        catch (AmazonS3Exception e) when (S3Failure.IsMissing(e))
        {
            // Another request may have committed the same staged bytes meanwhile.
            return await LengthAsync(target, cancel) is not null ? CommitOutcome.AlreadyStored : CommitOutcome.StagedGone;
        }
        catch (ObjectStoreUnavailableException e) when (e.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.NotImplemented })
        {
            // Ceph does not copy what it has encrypted.
            return await CarryAsync(source, target, contentType, cancel);
        }
    }

    async Task<CommitOutcome> CarryAsync(string source, string target, string contentType, CancellationToken cancel)
    {
        if (await GetAsync(source, cancel) is not var (content, _))
            return CommitOutcome.StagedGone;
        await using (content)
        {
            await using var spool = await Spool.ReadExactlyAsync(content, content.Length, options.MinimumFreeBytes, cancel);
            await SendAsync(target, spool, contentType, cancel);
        }

        return CommitOutcome.Stored;
    }

    async Task SendAsync(string key, Spool spool, string? contentType, CancellationToken cancel)
    {
        if (spool.Length > LargestRequest)
        {
            await uploads.SendAsync(key, spool.File, LargestRequest, contentType, cancel);
            return;
        }

        await connection.MoveAsync(spool.Length, (s3, limited) => s3.PutObjectAsync(
            options.Encrypt(new PutObjectRequest
            {
                BucketName = bucket,
                Key = key,
                ContentType = contentType,
                InputStream = spool.File,
                AutoCloseStream = false,
                // Ceph would keep "aws-chunked" as the object's encoding.
                UseChunkEncoding = false,
                DisablePayloadSigning = options.IsEncryptedOnTheWay,
            }),
            limited), cancel);
    }

    async Task<bool> DeleteAsync(string name, CancellationToken cancel)
    {
        // S3 deletes what is not there without saying so.
        if (await ExistingLengthAsync(name, cancel) is null)
            return false;
        await connection.AskAsync((s3, limited) => s3.DeleteObjectAsync(bucket, name, limited), cancel);
        return true;
    }

    /// <summary>Null when there is no such object, or no bucket.</summary>
    async Task<long?> LengthAsync(string name, CancellationToken cancel)
    {
        try
        {
            return (await connection.AskAsync((s3, limited) => s3.GetObjectMetadataAsync(bucket, name, limited), cancel)).ContentLength;
        }
        catch (AmazonS3Exception e) when (S3Failure.IsMissing(e))
        {
            return null;
        }
    }

    /// <summary>The same, where a missing bucket must not look like a missing object.</summary>
    internal async Task<long?> ExistingLengthAsync(string name, CancellationToken cancel)
    {
        if (await LengthAsync(name, cancel) is { } length)
            return length;
        await BucketPreparation.MustExistAsync(connection, bucket, cancel);
        return null;
    }

    internal async Task<(S3ObjectStream Content, DateTimeOffset StoredAt)?> GetAsync(string name, CancellationToken cancel)
    {
        await connection.BeginReadingAsync(cancel);
        S3ObjectStream? stream = null;
        try
        {
            var answer = await connection.AskAsync((s3, limited) => s3.GetObjectAsync(bucket, name, limited), cancel);
            stream = new S3ObjectStream(connection, bucket, name, answer);
            return (stream, answer.LastModified ?? default);
        }
        catch (AmazonS3Exception e) when (S3Failure.IsMissing(e))
        {
            return null;
        }
        finally
        {
            if (stream is null)
                connection.EndReading();
        }
    }

    async IAsyncEnumerable<S3Object> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancel)
    {
        var request = new ListObjectsV2Request { BucketName = bucket, Prefix = prefix };
        ListObjectsV2Response page;
        do
        {
            page = await connection.AskAsync((s3, limited) => s3.ListObjectsV2Async(request, limited), cancel);
            foreach (var found in page.S3Objects ?? [])
                yield return found;
            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated == true);
    }
}
