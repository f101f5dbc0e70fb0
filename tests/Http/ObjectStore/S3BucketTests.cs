using Amazon.S3;
using Amazon.S3.Model;
using GifShare.ObjectStore;

namespace GifShare.Http.Tests.ObjectStore;

/// <summary>What a program does to its bucket when it starts.</summary>
public sealed class S3BucketTests(S3TestBucket bucket) : IClassFixture<S3TestBucket>
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_missing_bucket_is_unavailable_until_it_is_made()
    {
        bucket.SkipWithoutServer();
        var options = bucket.Options(o => o.Bucket = "made-" + Guid.NewGuid().ToString("N"));
        using var store = new S3ObjectStore(options, TimeProvider.System);
        var key = ObjectKey.Of(new string('0', 64), "gif");
        foreach (var ask in new Func<Task>[]
        {
            () => store.ExistsAsync(key, Cancel), () => store.OpenAsync(key, Cancel), () => store.DeleteAsync(key, Cancel), () => store.DiscardAsync(new string('0', 32), Cancel),
            () => store.CommitAsync(new string('0', 32), key, Cancel), () => store.StageAsync(new MemoryStream(), 1, Cancel), () => store.BeginUploadAsync("image/gif", Cancel),
            () => store.SweepStagingAsync(TimeSpan.Zero, new HashSet<string>(), Cancel), () => store.ListPartsAsync(new(new string('0', 32), "x"), Cancel),
        })
            Assert.Contains(options.Bucket, (await Assert.ThrowsAsync<ObjectStoreUnavailableException>(ask)).Message, StringComparison.Ordinal);

        await S3TestBucket.PrepareAsync(options, "", Cancel);
        Assert.False(await store.ExistsAsync(key, Cancel));
    }

    [Fact]
    public async Task It_gets_rules_that_clean_up_beside_those_of_others()
    {
        bucket.SkipWithoutServer();
        await bucket.Client.PutLifecycleConfigurationAsync(
            new()
            {
                BucketName = bucket.Name,
                Configuration = new() { Rules = [new() { Id = "theirs", Status = LifecycleRuleStatus.Enabled, Filter = Below("logs/"), Expiration = new() { Days = 9 } }] },
            },
            Cancel);
        var options = bucket.Options(o => (o.Prefix, o.Direct, o.ColdAfterDays, o.ColdStorageClass) = ("gifs", true, 30, "STANDARD"));
        for (var i = 0; i < 2; i++)
            await S3TestBucket.PrepareAsync(options, "https://gifs.example.org", Cancel);

        var rules = (await bucket.Client.GetLifecycleConfigurationAsync(bucket.Name, Cancel)).Configuration.Rules.OrderBy(rule => rule.Id).ToList();
        Assert.Equal(["gifshare-gifs-backups", "gifshare-gifs-cold", "gifshare-gifs-staging", "theirs"], rules.Select(rule => rule.Id));
        Assert.Equal([null, 30, null, null], rules.Select(rule => rule.Transitions?.FirstOrDefault()?.Days));
        Assert.Equal([null, null, 90, 9], rules.Select(rule => rule.Expiration?.Days));
        Assert.Equal([8, null, 8, null], rules.Select(rule => rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation));
        Assert.Equal("gifs/staging/", ((LifecyclePrefixPredicate)rules[2].Filter.LifecycleFilterPredicate).Prefix);

        await S3TestBucket.PrepareAsync(bucket.Options(o => o.Prefix = "gifs"), "", Cancel);
        Assert.Equal(["gifshare-gifs-backups", "gifshare-gifs-staging", "theirs"],
            (await bucket.Client.GetLifecycleConfigurationAsync(bucket.Name, Cancel)).Configuration.Rules.Select(rule => rule.Id).Order());
    }

    [Fact]
    public async Task Pages_may_send_to_it_directly()
    {
        bucket.SkipWithoutServer();
        await S3TestBucket.PrepareAsync(bucket.Options(o => o.Direct = true), "https://gifs.example.org", Cancel);
        using var client = new HttpClient();
        using var asked = new HttpRequestMessage(HttpMethod.Options, $"{bucket.Options().Endpoint}/{bucket.Name}/staging/x");
        asked.Headers.Add("Origin", "https://gifs.example.org");
        asked.Headers.Add("Access-Control-Request-Method", "PUT");
        asked.Headers.Add("Access-Control-Request-Headers", "content-type");
        using var answer = await client.SendAsync(asked, Cancel);
        Assert.True(answer.IsSuccessStatusCode);
        Assert.Equal("https://gifs.example.org", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Equal("ETag", Assert.Single(answer.Headers.GetValues("Access-Control-Expose-Headers")));
    }

    static LifecycleFilter Below(string prefix) => new() { LifecycleFilterPredicate = new LifecyclePrefixPredicate { Prefix = prefix } };
}
