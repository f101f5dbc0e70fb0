using System.Collections.Immutable;

namespace GifShare.Media;

/// <summary>Passes on what the object store itself says of uploads.</summary>
[Alias("IUploadsGrain")]
public interface IUploadsGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// The store has new staged bytes. Uploads of which nobody has reported that they are complete are completed, after a look into the store; tokens of
    /// no upload are ignored.
    /// </summary>
    /// <param name="tokens">At most 1,000.</param>
    [Alias("Stored"), ResponseTimeout("00:01:00")]
    Task Stored(ImmutableArray<string> tokens);
}
