namespace GifShare.Operations;

/// <summary>Answers wherever it is asked, from no store and no memory: who gets the answer reaches a silo that runs grains. Any key.</summary>
[Alias("IHealthGrain")]
public interface IHealthGrain : IGrainWithIntegerKey
{
    /// <summary>Returns at once.</summary>
    [Alias("Answer")]
    Task Answer();
}
