namespace GifShare.ObjectStore;

/// <summary>An object store on a disk that can fill up.</summary>
public interface IStoreSpace
{
    /// <exception cref="ObjectStoreUnavailableException">The disk is not mounted or cannot be read.</exception>
    StoreSpace MeasureSpace();
}

/// <summary>The capacity of an object store's disk, in bytes.</summary>
/// <param name="Reserve">Uploads are refused when less than this is free.</param>
public sealed record StoreSpace(long Free, long Total, long Reserve);
