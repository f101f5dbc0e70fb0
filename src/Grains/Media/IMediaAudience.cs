using GifShare.ObjectStore;

namespace GifShare.Grains.Media;

/// <summary>A feature that shows what is made of media to others than their owner. Features to the right of Media register one.</summary>
public interface IMediaAudience
{
    /// <summary>Whether the caller (null: anonymous) sees something of this owner that has these bytes.</summary>
    Task<bool> MaySee(UserId owner, ObjectKey key, UserId? caller);
}
