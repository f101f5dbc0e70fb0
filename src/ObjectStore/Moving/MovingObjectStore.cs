using System.Runtime.CompilerServices;

namespace GifShare.ObjectStore;

/// <summary>
/// Two stores while an instance moves from one to the other (docs/decisions/0029-object-stores.md): everything new goes to the current one; what is not
/// there is looked for in the previous one; deletions are made in both. <c>gifshare store copy</c> copies the objects meanwhile.
/// </summary>
/// <param name="current">Where everything will be.</param>
/// <param name="previous">Where everything was. Files that are staged and uploads that were begun there end there.</param>
public sealed class MovingObjectStore(IObjectStore current, IObjectStore previous) : IObjectStore
{
    public IObjectStore Current => current;

    public IObjectStore Previous => previous;

    /// <summary>An upload may have begun in either store, so the stricter one counts.</summary>
    public long SmallestPart => Math.Max(current.SmallestPart, previous.SmallestPart);

    public Task<StagedObject?> StageAsync(Stream content, long limit, CancellationToken cancel) => current.StageAsync(content, limit, cancel);

    public async Task<Stream?> OpenStagedAsync(string token, CancellationToken cancel) =>
        await current.OpenStagedAsync(token, cancel) ?? await previous.OpenStagedAsync(token, cancel);

    public async Task<bool> DiscardAsync(string token, CancellationToken cancel) =>
        await current.DiscardAsync(token, cancel) | await previous.DiscardAsync(token, cancel);

    public async Task<CommitOutcome> CommitAsync(string token, ObjectKey key, CancellationToken cancel)
    {
        var outcome = await current.CommitAsync(token, key, cancel);
        if (outcome != CommitOutcome.StagedGone || await previous.CommitAsync(token, key, cancel) == CommitOutcome.StagedGone)
            return outcome;
        // Now an object of the previous store; nothing else will copy it once the copying is over.
        return await CopyAsync(key, cancel) ? CommitOutcome.Stored : CommitOutcome.StagedGone;
    }

    public Task<MultipartUpload> BeginUploadAsync(string contentType, CancellationToken cancel) => current.BeginUploadAsync(contentType, cancel);

    public string? ClientOrigin => null;

    /// <summary>Uploads of both stores look the same, so parts go through a frontend while an instance moves.</summary>
    public Uri? AddressOfPart(MultipartUpload upload, PartPlace place, string? contentType, TimeSpan life) => null;

    public async Task<ReceivedPart?> PutPartAsync(MultipartUpload upload, PartPlace place, Stream content, CancellationToken cancel) =>
        // Not one after the other: the content can be read only once.
        await (await OwnerAsync(upload, cancel)).PutPartAsync(upload, place, content, cancel);

    public async Task<IReadOnlyList<ReceivedPart>?> ListPartsAsync(MultipartUpload upload, CancellationToken cancel) =>
        await current.ListPartsAsync(upload, cancel) ?? await previous.ListPartsAsync(upload, cancel);

    public async Task<long?> CompleteUploadAsync(MultipartUpload upload, IReadOnlyList<ReceivedPart> parts, CancellationToken cancel) =>
        await current.CompleteUploadAsync(upload, parts, cancel) ?? await previous.CompleteUploadAsync(upload, parts, cancel);

    public async Task<bool> AbortUploadAsync(MultipartUpload upload, CancellationToken cancel) =>
        await current.AbortUploadAsync(upload, cancel) | await previous.AbortUploadAsync(upload, cancel);

    public async Task<OpenedObject?> OpenAsync(ObjectKey key, CancellationToken cancel) =>
        await current.OpenAsync(key, cancel) ?? await previous.OpenAsync(key, cancel);

    public async Task<bool> ExistsAsync(ObjectKey key, CancellationToken cancel) => await current.ExistsAsync(key, cancel) || await previous.ExistsAsync(key, cancel);

    public async Task<bool> DeleteAsync(ObjectKey key, CancellationToken cancel) => await current.DeleteAsync(key, cancel) | await previous.DeleteAsync(key, cancel);

    /// <summary>The object may still be in the previous store only.</summary>
    public Uri? AddressOf(ObjectKey key, TimeSpan life) => null;

    /// <summary>Objects that are in both stores come twice.</summary>
    public async IAsyncEnumerable<StoredObjectInfo> ListAsync(byte shard, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var stored in current.ListAsync(shard, cancel))
            yield return stored;
        await foreach (var stored in previous.ListAsync(shard, cancel))
            yield return stored;
    }

    public async Task<int> SweepStagingAsync(TimeSpan age, IReadOnlySet<string> kept, CancellationToken cancel) =>
        await current.SweepStagingAsync(age, kept, cancel) + await previous.SweepStagingAsync(age, kept, cancel);

    /// <summary>Copies one object from the previous store, verified by its hash; does nothing when it is there already.</summary>
    /// <returns>False when the previous store does not have it, or not with the bytes of its key.</returns>
    /// <exception cref="ObjectStoreUnavailableException">One of the stores is not available; copying again is harmless.</exception>
    public async Task<bool> CopyAsync(ObjectKey key, CancellationToken cancel)
    {
        if (await current.ExistsAsync(key, cancel))
            return true;
        await using var opened = await previous.OpenAsync(key, cancel);
        if (opened is null || await current.StageAsync(opened.Content, opened.Length, cancel) is not { } staged)
            return false;
        if (staged.Sha256 == key.Sha256)
            return await current.CommitAsync(staged.Token, key, cancel) != CommitOutcome.StagedGone;
        await current.DiscardAsync(staged.Token, cancel);
        return false;
    }

    private async Task<IObjectStore> OwnerAsync(MultipartUpload upload, CancellationToken cancel) =>
        await current.ListPartsAsync(upload, cancel) is not null ? current : previous;
}
