using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GifShare.ObjectStore;

/// <summary>
/// Prepares the bucket when the program starts, without holding it up: creates it if it is missing, and gives it the rules that clean up what a crash
/// leaves. Rules of others stay. What the credentials may not do is logged, and the store works without.
/// </summary>
sealed partial class BucketPreparation(S3ObjectStore store, S3Options options, S3Origin origin, ILogger<BucketPreparation> log) : BackgroundService
{
    /// <summary>Unfinished uploads: longer than our own sweep waits (a week).</summary>
    const int AbandonedAfterDays = 8;

    /// <summary>Staged bytes: longer than an instance is ever stopped. An acknowledged upload lies there until it is read, and our own sweep leaves it.</summary>
    const int UnreadAfterDays = 90;

    static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2), LongestPause = TimeSpan.FromMinutes(1);

    readonly S3Connection connection = store.Connection;
    readonly S3Keys keys = new(options);
    readonly string id = $"gifshare{(options.Prefix.Length == 0 ? "" : "-" + options.Prefix.Trim('/').Replace('/', '-'))}";

    /// <exception cref="ObjectStoreUnavailableException">There is none.</exception>
    public static async Task MustExistAsync(S3Connection connection, string bucket, CancellationToken cancel)
    {
        if (!await ExistsAsync(connection, bucket, cancel))
            throw new ObjectStoreUnavailableException($"The object store has no bucket {bucket}.");
    }

    /// <summary>Once; what is there already is left alone.</summary>
    /// <exception cref="ObjectStoreUnavailableException">The store is away, or there is no bucket and none may be made.</exception>
    public async Task PrepareAsync(CancellationToken cancel)
    {
        if (!await ExistsAsync(connection, options.Bucket, cancel))
            await connection.AskAsync((s3, token) => s3.PutBucketAsync(new PutBucketRequest { BucketName = options.Bucket, UseClientRegion = true }, token), cancel);
        await TryAsync("lifecycle rules", "s3:GetLifecycleConfiguration and s3:PutLifecycleConfiguration", () => SetLifecycleAsync(cancel));
        if (options.Direct)
            await TryAsync("a CORS rule", "s3:GetBucketCORS and s3:PutBucketCORS", () => SetCorsAsync(cancel));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var pause = FirstPause; ; pause = 2 * pause < LongestPause ? 2 * pause : LongestPause)
        {
            try
            {
                await PrepareAsync(stoppingToken);
                return;
            }
            catch (Exception e) when (e is ObjectStoreUnavailableException or AmazonS3Exception)
            {
                NotPrepared(options.Bucket, e.Message, pause.TotalSeconds);
            }

            await Task.Delay(pause, stoppingToken);
        }
    }

    static async Task<bool> ExistsAsync(S3Connection connection, string bucket, CancellationToken cancel)
    {
        try
        {
            await connection.AskAsync((s3, token) => s3.HeadBucketAsync(new HeadBucketRequest { BucketName = bucket }, token), cancel);
            return true;
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    async Task SetLifecycleAsync(CancellationToken cancel)
    {
        List<LifecycleRule> ours =
        [
            new()
            {
                Id = id + "-staging",
                Status = LifecycleRuleStatus.Enabled,
                Filter = Below(keys.Staging),
                Expiration = new() { Days = UnreadAfterDays },
                AbortIncompleteMultipartUpload = new() { DaysAfterInitiation = AbandonedAfterDays },
            },
            new()
            {
                Id = id + "-backups",
                Status = LifecycleRuleStatus.Enabled,
                Filter = Below(keys.Backups),
                AbortIncompleteMultipartUpload = new() { DaysAfterInitiation = AbandonedAfterDays },
            },
        ];
        if (options.ColdAfterDays > 0)
        {
            ours.Add(new()
            {
                Id = id + "-cold",
                Status = LifecycleRuleStatus.Enabled,
                Filter = Below(keys.Objects),
                Transitions = [new() { Days = options.ColdAfterDays, StorageClass = options.ColdStorageClass }],
            });
        }

        var there = await RulesAsync(async () => (await connection.AskAsync((s3, token) => s3.GetLifecycleConfigurationAsync(options.Bucket, token), cancel)).Configuration?.Rules);
        if (ours.Select(Text).ToHashSet().SetEquals(there.Where(rule => IsOurs(rule.Id)).Select(Text)))
            return;
        await connection.AskAsync((s3, token) => s3.PutLifecycleConfigurationAsync(
            new() { BucketName = options.Bucket, Configuration = new() { Rules = [.. there.Where(rule => !IsOurs(rule.Id)), .. ours] } }, token), cancel);
    }

    async Task SetCorsAsync(CancellationToken cancel)
    {
        CORSRule ours = new()
        {
            Id = id,
            AllowedOrigins = [origin.Value],
            AllowedMethods = ["PUT", "GET", "HEAD"],
            AllowedHeaders = ["*"],
            ExposeHeaders = ["ETag"],
            MaxAgeSeconds = 3600,
        };
        var there = await RulesAsync(async () => (await connection.AskAsync((s3, token) => s3.GetCORSConfigurationAsync(options.Bucket, token), cancel)).Configuration?.Rules);
        if (there.Exists(rule => rule.Id == id && rule.AllowedOrigins?.SequenceEqual(ours.AllowedOrigins) == true && rule.ExposeHeaders?.Contains("ETag") == true))
            return;
        await connection.AskAsync((s3, token) => s3.PutCORSConfigurationAsync(
            new() { BucketName = options.Bucket, Configuration = new() { Rules = [.. there.Where(rule => rule.Id != id), ours] } }, token), cancel);
    }

    static LifecycleFilter Below(string prefix) => new() { LifecycleFilterPredicate = new LifecyclePrefixPredicate { Prefix = prefix } };

    bool IsOurs(string? rule) => rule == id + "-staging" || rule == id + "-backups" || rule == id + "-cold";

    static string Text(LifecycleRule rule) => string.Join('|',
        rule.Id, rule.Status?.Value, (rule.Filter?.LifecycleFilterPredicate as LifecyclePrefixPredicate)?.Prefix, rule.Expiration?.Days,
        rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation, string.Join(',', rule.Transitions?.Select(t => $"{t.Days}:{t.StorageClass?.Value}") ?? []));

    /// <summary>The rules that are there; some servers answer that there is no list.</summary>
    static async Task<List<T>> RulesAsync<T>(Func<Task<List<T>?>> ask)
    {
        try
        {
            return await ask() ?? [];
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return [];
        }
    }

    async Task TryAsync(string what, string rights, Func<Task> set)
    {
        try
        {
            await set();
        }
        catch (Exception e) when ((e as AmazonServiceException ?? e.InnerException as AmazonServiceException) is { } refusal && !S3Failure.IsAway(refusal))
        {
            Refused(options.Bucket, what, refusal.ErrorCode, rights);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The bucket {Bucket} is not ready: {Reason} It is looked at again in {Seconds} s.")]
    private partial void NotPrepared(string bucket, string reason, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The bucket {Bucket} did not take {What} ({Code}). Allow {Rights}, or set them yourself as docs/operations.md says.")]
    private partial void Refused(string bucket, string what, string code, string rights);
}

/// <summary>The origin of the pages whose scripts send to the store: the setting <c>PublicUrl</c>.</summary>
sealed record S3Origin(string Value);
