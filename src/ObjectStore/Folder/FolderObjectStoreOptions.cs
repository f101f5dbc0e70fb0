namespace GifShare.ObjectStore;

public sealed class FolderObjectStoreOptions
{
    /// <summary>The store's folder; created when missing. Frontends and silos of one installation share it.</summary>
    public required string Path { get; init; }

    /// <summary>
    /// <c>ObjectStore:MinimumFreeBytes</c>: bytes kept free on the disk, so that the database on the same disk can still write. Free space is checked
    /// before a file and after each megabyte of it, so each parallel upload may exceed the limit by at most a megabyte. Default 256 MB.
    /// </summary>
    public long MinimumFreeBytes { get; init; } = 256L << 20;
}
