using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using GifShare.Fixtures;

namespace GifShare.Bench.Media;

/// <summary>A way to store the same bytes without the product.</summary>
/// <param name="IsHonest">It promises what the product does, so the goals compare with it.</param>
/// <param name="Store">Stores one file. Parts of a file that has several are sent one by one here: several files go at a time.</param>
sealed record Baseline(string Name, bool IsHonest, Func<byte[], Task> Store);

/// <summary>Files in a folder on the disk of the product's data.</summary>
sealed class PlainDisk(string folder) : IDisposable
{
    public IReadOnlyList<Baseline> Baselines =>
    [
        new("a plain file, flushed to the disk", IsHonest: true, file => WriteAsync(file, flush: true)),
        new("a plain file, not flushed", IsHonest: false, file => WriteAsync(file, flush: false)),
    ];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    Task WriteAsync(byte[] bytes, bool flush) => Task.Run(() =>
    {
        Directory.CreateDirectory(folder);
        using var file = new FileStream(Path.Combine(folder, RandomNumberGenerator.GetHexString(32)), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        file.Write(bytes);
        file.Flush(flush);
    });
}

/// <summary>Objects in a bucket of the product's S3 server, by the SDK that the product uses.</summary>
sealed class PlainBucket : IDisposable
{
    readonly AmazonS3Client s3;
    readonly string bucket;

    PlainBucket(AmazonS3Client s3, string bucket) => (this.s3, this.bucket) = (s3, bucket);

    public IReadOnlyList<Baseline> Baselines => [new("AWSSDK.S3: PutObject, or UploadPart of 16 MB", IsHonest: true, StoreAsync)];

    public static async Task<PlainBucket> MakeAsync(S3Server server, string name)
    {
        var s3 = new AmazonS3Client(new BasicAWSCredentials(server.AccessKey, server.SecretKey), new AmazonS3Config
        {
            ServiceURL = server.Endpoint,
            AuthenticationRegion = "us-east-1",
            ForcePathStyle = true,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        });
        await s3.PutBucketAsync(name);
        return new(s3, name);
    }

    public void Dispose() => s3.Dispose();

    async Task StoreAsync(byte[] file)
    {
        var key = RandomNumberGenerator.GetHexString(32);
        if (file.Length <= Load.PartBytes)
        {
            await s3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = key, InputStream = new MemoryStream(file), UseChunkEncoding = false });
            return;
        }

        var upload = await s3.InitiateMultipartUploadAsync(bucket, key);
        List<PartETag> parts = [];
        for (var at = 0; at < file.Length; at += Load.PartBytes)
        {
            var part = new UploadPartRequest
            {
                BucketName = bucket,
                Key = key,
                UploadId = upload.UploadId,
                PartNumber = parts.Count + 1,
                PartSize = Math.Min(Load.PartBytes, file.Length - at),
                InputStream = new MemoryStream(file, at, Math.Min(Load.PartBytes, file.Length - at)),
                UseChunkEncoding = false,
            };
            parts.Add(new(parts.Count + 1, (await s3.UploadPartAsync(part)).ETag));
        }

        await s3.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest { BucketName = bucket, Key = key, UploadId = upload.UploadId, PartETags = parts });
    }
}
