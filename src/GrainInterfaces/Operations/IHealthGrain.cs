namespace GifShare.Operations;

/// <summary>Answers without a store or state: an answer proves that the caller reaches a silo that runs grains. Any key.</summary>
[Alias("IHealthGrain")]
public interface IHealthGrain : IGrainWithIntegerKey
{
    /// <summary>Returns at once.</summary>
    [Alias("Answer")]
    Task Answer();
}
