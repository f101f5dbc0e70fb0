// Seed of the API so that the other projects compile while the engine is written. To be replaced file by file.
#pragma warning disable
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace Orleans
{
    [AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum | AttributeTargets.Method | AttributeTargets.Interface, AllowMultiple = true)]
    public sealed class AliasAttribute(string alias) : Attribute { public string Alias { get; } = alias; }
    [AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum)]
    public sealed class GenerateSerializerAttribute : Attribute;
    [AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum | AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Field | AttributeTargets.Parameter)]
    public sealed class IdAttribute(uint id) : Attribute { public uint Id { get; } = id; }
    [AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Property | AttributeTargets.Field | AttributeTargets.Parameter | AttributeTargets.ReturnValue, Inherited = false)]
    public sealed class ImmutableAttribute : Attribute;
    [AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
    public sealed class GrainTypeAttribute(string grainType) : Attribute { internal string Name { get; } = grainType; }
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class ResponseTimeoutAttribute(string timeout) : Attribute;

    public interface IGrain : IAddressable;
    public interface IGrainBase { IGrainContext GrainContext { get; } Task OnActivateAsync(CancellationToken token) => Task.CompletedTask; Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => Task.CompletedTask; }
    public interface IGrainWithGuidKey : IGrain;
    public interface IGrainWithStringKey : IGrain;
    public interface IGrainWithIntegerKey : IGrain;
    public readonly struct DeactivationReason;
    public abstract class Grain : IGrainBase, IAddressable
    {
        public IGrainContext GrainContext => throw new NotImplementedException();
        protected IGrainFactory GrainFactory => throw new NotImplementedException();
        protected internal IServiceProvider ServiceProvider => throw new NotImplementedException();
        protected void DeactivateOnIdle() => throw new NotImplementedException();
        protected void DelayDeactivation(TimeSpan timeSpan) => throw new NotImplementedException();
        public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;
    }
    public interface IGrainFactory
    {
        TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null) where TGrainInterface : IGrainWithGuidKey;
        TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null) where TGrainInterface : IGrainWithIntegerKey;
        TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null) where TGrainInterface : IGrainWithStringKey;
    }
    public interface IClusterClient : IGrainFactory { IServiceProvider ServiceProvider { get; } }
    public static class GrainExtensions
    {
        public static Guid GetPrimaryKey(this IAddressable grain) => throw new NotImplementedException();
        public static long GetPrimaryKeyLong(this IAddressable grain) => throw new NotImplementedException();
        public static string GetPrimaryKeyString(this IAddressable grain) => throw new NotImplementedException();
    }
    public static class GrainBaseExtensions
    {
        public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options) => throw new NotImplementedException();
        public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<CancellationToken, Task> callback, TimeSpan dueTime, TimeSpan period) => throw new NotImplementedException();
    }
    public interface IGrainCallContext
    {
        object Grain { get; }
        MethodInfo InterfaceMethod { get; }
        string InterfaceName { get; }
        string MethodName { get; }
        object? Result { get; set; }
        Task Invoke();
    }
    public interface IIncomingGrainCallContext : IGrainCallContext { MethodInfo ImplementationMethod { get; } IGrainContext TargetContext { get; } }
    public interface IIncomingGrainCallFilter { Task Invoke(IIncomingGrainCallContext context); }
}
namespace Orleans.Concurrency
{
    [AttributeUsage(AttributeTargets.Method)] public sealed class AlwaysInterleaveAttribute : Attribute;
    [AttributeUsage(AttributeTargets.Method)] public sealed class OneWayAttribute : Attribute;
    [AttributeUsage(AttributeTargets.Method)] public sealed class ReadOnlyAttribute : Attribute;
    [AttributeUsage(AttributeTargets.Class)] public sealed class ReentrantAttribute : Attribute;
    [AttributeUsage(AttributeTargets.Class)] public sealed class StatelessWorkerAttribute(int maxLocalWorkers) : Attribute;
}
namespace Orleans.Runtime
{
    public interface IAddressable;
    public interface IGrainContext { object? GrainInstance { get; } }
    public interface IGrainTimer : IDisposable { void Change(TimeSpan dueTime, TimeSpan period); }
    public readonly struct GrainTimerCreationOptions { public GrainTimerCreationOptions() { } public required TimeSpan DueTime { get; init; } public bool Interleave { get; init; } public bool KeepAlive { get; init; } public required TimeSpan Period { get; init; } }
}
namespace Orleans.Hosting
{
    public interface ISiloBuilder { IConfiguration Configuration { get; } IServiceCollection Services { get; } }
}
