namespace GifShare.ObjectStore;

public sealed class FolderObjectStoreOptions
{
    /// <summary>The store's folder; created when missing. Frontends and silos of one installation share it.</summary>
    public required string Path { get; init; }

    /// <summary>
    /// Bytes that stay free on the disk: uploads are refused below, so that the database beside them can still write. Default 256 MB.
    /// </summary>
    public long MinimumFreeBytes { get; init; } = 256L << 20;
}
