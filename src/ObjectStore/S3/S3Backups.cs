using System.Text.RegularExpressions;

namespace GifShare.ObjectStore;

/// <summary>Backups in the bucket: <c>backups/{name}</c>, beside the objects. They are written and read as streams.</summary>
public sealed partial class S3Backups : IDisposable
{
    readonly S3ObjectStore store;
    readonly string folder;

    /// <summary>Opens nothing yet.</summary>
    public S3Backups(S3Options options, TimeProvider time) => (store, folder) = (new(options, time), new S3Keys(options).Backups);

    /// <summary>Whether a name is one: letters, digits, dots, dashes and underscores, at most 200.</summary>
    public static bool IsName(string name) => Name().IsMatch(name);

    /// <exception cref="ObjectStoreUnavailableException">The bucket is not there, or cannot be asked.</exception>
    public async Task<bool> ExistsAsync(string name, CancellationToken cancel) => await store.ExistingLengthAsync(folder + name, cancel) is not null;

    /// <summary>A stream to write a backup to. It takes its name, and replaces one of that name, when it is completed.</summary>
    public async Task<S3BackupStream> CreateAsync(string name, CancellationToken cancel) =>
        new(store.Uploads, folder + name, await store.Uploads.InitiateAsync(folder + name, "application/x-tar", cancel));

    /// <summary>The bytes of a backup; null when there is none of this name.</summary>
    public async Task<Stream?> OpenAsync(string name, CancellationToken cancel) => (await store.GetAsync(folder + name, cancel))?.Content;

    public void Dispose() => store.Dispose();

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,200}\z")]
    private static partial Regex Name();
}
