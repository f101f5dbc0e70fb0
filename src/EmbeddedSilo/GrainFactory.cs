using Orleans;

namespace GifShare.EmbeddedSilo;

/// <summary>The factory that grains and everyone else in the process use.</summary>
sealed class GrainFactory(Silo silo) : IClusterClient
{
    public IServiceProvider ServiceProvider => silo.Services;

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidKey => (TGrainInterface)Reference(typeof(TGrainInterface), new(primaryKey));

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey => (TGrainInterface)Reference(typeof(TGrainInterface), new(primaryKey));

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey => (TGrainInterface)Reference(typeof(TGrainInterface), new(primaryKey));

    public object Reference(Type type, GrainKey key) => silo.Types.Interface(type).Reference(key);
}
