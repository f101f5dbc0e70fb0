using System.Security.Cryptography;
using GifShare.ObjectStore;

namespace GifShare.Fixtures.ObjectStore;

/// <summary>A store with nothing in it for each test, and what tests do with it.</summary>
public abstract class ObjectStoreScene : IAsyncLifetime
{
    protected static readonly IReadOnlySet<string> NoTokens = new HashSet<string>();

    protected const long Limit = 1 << 20;

    protected IObjectStore Store { get; set; } = null!;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public abstract ValueTask InitializeAsync();

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return default;
    }

    /// <summary>How many staged things and unfinished uploads the store holds.</summary>
    protected abstract Task<int> LeftoversAsync();

    /// <summary>Another store object on the same storage, as a process has it that starts later.</summary>
    protected abstract IObjectStore Reopened();

    protected static byte[] Bytes(int length) => RandomNumberGenerator.GetBytes(length);

    protected async Task<StagedObject> StageAsync(byte[] bytes) => (await Store.StageAsync(new MemoryStream(bytes), Limit, Cancel))!;

    protected static ObjectKey KeyOf(byte[] bytes, string extension = "gif") =>
        ObjectKey.Of(Convert.ToHexStringLower(SHA256.HashData(bytes)), extension);

    protected async Task<ObjectKey> PutAsync(byte[] bytes)
    {
        Assert.Equal(CommitOutcome.Stored, await Store.CommitAsync((await StageAsync(bytes)).Token, KeyOf(bytes), Cancel));
        return KeyOf(bytes);
    }

    protected async Task<byte[]?> ReadAsync(ObjectKey key)
    {
        await using var opened = await Store.OpenAsync(key, Cancel);
        return opened is null ? null : await ReadAllAsync(opened.Content);
    }

    protected static async Task<byte[]> ReadAllAsync(Stream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all, Cancel);
        return all.ToArray();
    }

    protected sealed class BrokenStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position == Length ? throw new IOException("gone") : base.ReadAsync(buffer, cancellationToken);
    }
}
