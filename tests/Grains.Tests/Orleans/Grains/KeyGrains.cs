namespace GifShare.Grains.Tests.Orleans;

[Alias("test.IStringKeyGrain")]
public interface IStringKeyGrain : IGrainWithStringKey
{
    [Alias("Key")]
    Task<string> Key();
}

[GrainType("test-string-key")]
public sealed class StringKeyGrain : Grain, IStringKeyGrain
{
    public Task<string> Key() => Task.FromResult(this.GetPrimaryKeyString());
}

[Alias("test.IIntegerKeyGrain")]
public interface IIntegerKeyGrain : IGrainWithIntegerKey
{
    [Alias("Key")]
    ValueTask<long> Key();
}

[GrainType("test-integer-key")]
public sealed class IntegerKeyGrain : Grain, IIntegerKeyGrain
{
    public ValueTask<long> Key() => ValueTask.FromResult(this.GetPrimaryKeyLong());
}

[Alias("test.IGuidKeyGrain")]
public interface IGuidKeyGrain : IGrainWithGuidKey
{
    [Alias("Key")]
    Task<Guid> Key();

    /// <summary>Its own reference, used from inside: its key and a call through it to the next grain.</summary>
    [Alias("KeyOfSelf")]
    Task<Guid> KeyOfSelf();

    /// <summary>Completes when the ctor was given services of its own scope.</summary>
    [Alias("ServicesAreScoped")]
    Task<bool> ServicesAreScoped();
}

/// <summary>Uses its key in the constructor, where Orleans allows it already.</summary>
[GrainType("test-guid-key")]
public sealed class GuidKeyGrain : Grain, IGuidKeyGrain
{
    readonly Guid key;
    readonly IServiceProvider services;

    public GuidKeyGrain(IServiceProvider services)
    {
        this.services = services;
        key = this.GetPrimaryKey();
    }

    public Task<Guid> Key() => Task.FromResult(key);

    public Task<Guid> KeyOfSelf() => Task.FromResult(this.AsReference<IGuidKeyGrain>().GetPrimaryKey());

    public Task<bool> ServicesAreScoped() => Task.FromResult(services.GetService(typeof(IGrainFactory)) is not null && ServiceProvider.GetService(typeof(IGrainFactory)) is not null);
}
