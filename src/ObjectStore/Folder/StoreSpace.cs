namespace GifShare.ObjectStore;

/// <summary>A store on a disk that can fill up.</summary>
public interface IStoreSpace
{
    /// <exception cref="ObjectStoreUnavailableException">The disk is not there.</exception>
    StoreSpace MeasureSpace();
}

/// <summary>The space of a store's disk, in bytes.</summary>
/// <param name="Reserve">With less than this free, uploads are refused.</param>
public sealed record StoreSpace(long Free, long Total, long Reserve);
