using System.Diagnostics;
using GifShare.ObjectStore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;

namespace GifShare.Grains.Media.Fetch;

/// <summary>
/// Downloads what is at an address that a user gave: an image or a video, or the one that a page names. What may be reached is decided anew for every
/// connection (<see cref="Routes"/>); what it may cost is bounded by <see cref="FetchOptions"/>.
/// </summary>
public sealed class AddressFetcher
{
    /// <summary>Without text/html: GIPHY sends programs that ask for pages from the file to its page.</summary>
    const string Media = "image/gif, image/webp;q=0.9, video/mp4;q=0.8, image/*;q=0.7, video/*;q=0.6, */*;q=0.1";

    readonly Downloads downloads;
    readonly IObjectStore store;
    readonly FetchOptions options;
    readonly TimeProvider time;
    readonly ILogger<AddressFetcher> log;
    readonly ResiliencePipeline repeating;

    public AddressFetcher(Downloads downloads, IObjectStore store, IOptions<FetchOptions> options, TimeProvider time, ILogger<AddressFetcher> log)
    {
        (this.downloads, this.store, this.options, this.time, this.log) = (downloads, store, options.Value, time, log);
        repeating = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<FetchFailedException>(e => e.Repeat),
                MaxRetryAttempts = 1,
                Delay = TimeSpan.FromMilliseconds(this.options.RetryMilliseconds),
            })
            .Build();
    }

    /// <summary>
    /// Downloads and stages. It takes up to <see cref="FetchOptions.TimeoutSeconds"/>, so a grain's call should not wait for it. Safe to repeat; each success
    /// stages anew.
    /// </summary>
    /// <param name="url">As the user gave it; https, unless it leads into <see cref="FetchOptions.AllowNetworks"/>.</param>
    /// <param name="limit">Bytes, decompressed; <see cref="FetchOptions.MaxBytes"/> where that is less.</param>
    /// <returns>Never an exception for what the remote does.</returns>
    /// <exception cref="ObjectStoreUnavailableException">Nothing stays staged.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled; nothing stays staged.</exception>
    public Task<FetchOutcome> Fetch(string url, long limit, CancellationToken cancel)
    {
#pragma warning disable RS0030 // Not grain code: copying and parsing would take turns of the grain that calls.
        return Task.Run(() => Run(url, Math.Min(limit, options.MaxBytes), cancel), cancel);
#pragma warning restore RS0030
    }

    async Task<FetchOutcome> Run(string url, long limit, CancellationToken cancel)
    {
        // The caller's trace is not told to other sites (traceparent).
        Activity.Current = null;
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(options.TimeoutSeconds), time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel, timeout.Token);
        Target? target = null;
        FetchFailure failure;
        try
        {
            var given = target = Target.Given(url);
            return new(await repeating.ExecuteAsync(token => Download(given, limit, token), ending.Token), null);
        }
        catch (FetchFailedException e) when (!cancel.IsCancellationRequested)
        {
            failure = e.Failure;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            failure = FetchFailedException.TooSlow(target!.Host).Failure;
        }
        catch (FetchFailedException)
        {
            throw new OperationCanceledException(cancel);
        }

        log.NotFetched(target?.Host, failure.Code);
        return new(null, failure);
    }

    async ValueTask<FetchedMedia> Download(Target given, long limit, CancellationToken cancel)
    {
        var (media, page) = await downloads.Get<(FetchedMedia?, Page?)>(given, Media, async answer => answer switch
        {
            { Format: not null } => (await Stage(answer, limit, cancel), null),
            { IsPage: true } => (null, new Page(answer.Source, PageMedia.Read(await answer.ReadText(PageMedia.MostBytes, cancel)))),
            _ => throw FetchFailedException.NotMedia(),
        }, cancel);
        if (media is not null)
            return media;
        var onPage = await Choose(page!, cancel) ?? throw FetchFailedException.NoMediaOnPage();
        return await downloads.Get(
            onPage, Media, answer => answer.Format is null ? throw FetchFailedException.NoMediaOnPage() : Stage(answer, limit, cancel), cancel);
    }

    /// <summary>oEmbed is asked where the page itself names no animation and no video: then it may name the photo, instead of a card's picture.</summary>
    async Task<Target?> Choose(Page page, CancellationToken cancel)
    {
        var best = page.Media.Best;
        if (best is not { Rank: MediaRank.Animation or MediaRank.Video } && page.Media.OEmbed is { } oEmbed)
        {
            try
            {
                var json = await downloads.Get(page.Follow(oEmbed), "application/json", answer => answer.ReadText(OEmbed.MostBytes, cancel), cancel);
                if (OEmbed.Read(json) is { } address)
                    return page.Follow(address);
            }
            catch (FetchFailedException e) when (best is not null || !e.Failure.Passing)
            {
                // What the person gave is the page, and it was there.
            }
        }

        return best is { } found ? page.Follow(found.Address) : null;
    }

    async Task<FetchedMedia> Stage(Answer answer, long limit, CancellationToken cancel)
    {
        if (answer.AnnouncedLength > limit)
            throw FetchFailedException.TooLarge(limit);
        var staged = await store.StageAsync(answer, limit, cancel) ?? throw FetchFailedException.TooLarge(limit);
        return new(staged, answer.Format!.Value, answer.Source.Address.GetLeftPart(UriPartial.Query));
    }

    sealed record Page(Target Source, PageMedia Media)
    {
        /// <summary>Old pages still write http:// for what is there by https as well.</summary>
        public Target Follow(string reference)
        {
            const string plain = "http://";
            var encrypted = Source.IsHttps && reference.StartsWith(plain, StringComparison.OrdinalIgnoreCase) ? $"https://{reference[plain.Length..]}" : reference;
            return Source.Follow(encrypted);
        }
    }
}
