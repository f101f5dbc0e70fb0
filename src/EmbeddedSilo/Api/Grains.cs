using GifShare.EmbeddedSilo;
using Orleans.Runtime;

namespace Orleans
{
    public interface IGrain : IAddressable;

    public interface IGrainWithGuidKey : IGrain;

    public interface IGrainWithIntegerKey : IGrain;

    public interface IGrainWithStringKey : IGrain;

    public interface IGrainBase
    {
        IGrainContext GrainContext { get; }

        Task OnActivateAsync(CancellationToken token) => Task.CompletedTask;

        Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => Task.CompletedTask;
    }

    public abstract class Grain : IGrainBase, IAddressable
    {
        readonly Activation activation;

        /// <summary>Runs in the activation's first turn, so a constructor may already use the key and the factory.</summary>
        protected Grain() => activation = Activation.Current!;

        public IGrainContext GrainContext => activation;

        protected IGrainFactory GrainFactory => activation.Silo.Grains;

        protected internal IServiceProvider ServiceProvider => activation.ActivationServices;

        protected void DeactivateOnIdle() => GrainBaseExtensions.DeactivateOnIdle(this);

        /// <summary>Not collected as idle before this time has passed; a negative span takes the promise back.</summary>
        protected void DelayDeactivation(TimeSpan timeSpan) => activation.DelayDeactivation(timeSpan);

        public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    public interface IGrainFactory
    {
        TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null)
            where TGrainInterface : IGrainWithGuidKey;

        TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
            where TGrainInterface : IGrainWithIntegerKey;

        TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
            where TGrainInterface : IGrainWithStringKey;
    }

    public interface IClusterClient : IGrainFactory
    {
        IServiceProvider ServiceProvider { get; }
    }

    public static class GrainExtensions
    {
        public static TGrainInterface AsReference<TGrainInterface>(this IAddressable grain) =>
            (TGrainInterface)Identity(grain).Class.Silo.Grains.Reference(typeof(TGrainInterface), Identity(grain).KeyValue);

        public static GrainId GetGrainId(this IAddressable grain) => Identity(grain);

        public static Guid GetPrimaryKey(this IAddressable grain) => Identity(grain).KeyValue.AsGuid();

        public static long GetPrimaryKeyLong(this IAddressable grain) => Identity(grain).KeyValue.AsLong();

        public static string GetPrimaryKeyString(this IAddressable grain) => Identity(grain).KeyValue.AsString();

        static GrainId Identity(IAddressable grain) => grain switch
        {
            GrainProxy proxy => proxy.GrainId,
            IGrainBase instance => instance.GrainContext.GrainId,
            _ => throw new ArgumentException($"{grain.GetType()} is neither a grain nor a reference to one.", nameof(grain)),
        };
    }

    public static class GrainBaseExtensions
    {
        public static void DeactivateOnIdle(this IGrainBase grain) => grain.GrainContext.Deactivate(
            new DeactivationReason(DeactivationReasonCode.ApplicationRequested, "DeactivateOnIdle was called."));

        public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options) =>
            ((Activation)grain.GrainContext).AddTimer(callback, options);

        public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<CancellationToken, Task> callback, TimeSpan dueTime, TimeSpan period) =>
            RegisterGrainTimer(grain, callback, new GrainTimerCreationOptions(dueTime, period));

        public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<Task> callback, GrainTimerCreationOptions options) =>
            RegisterGrainTimer(grain, _ => callback(), options);

        public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<Task> callback, TimeSpan dueTime, TimeSpan period) =>
            RegisterGrainTimer(grain, _ => callback(), new GrainTimerCreationOptions(dueTime, period));
    }

    public readonly struct DeactivationReason(DeactivationReasonCode code, Exception? exception, string text)
    {
        public DeactivationReason(DeactivationReasonCode code, string text) : this(code, null, text) { }

        public DeactivationReasonCode ReasonCode { get; } = code;

        public string Description { get; } = text;

        public Exception? Exception { get; } = exception;

        public override string ToString() => $"{ReasonCode}: {Description}{(Exception is null ? "" : $" ({Exception.Message})")}";
    }

    public enum DeactivationReasonCode : byte
    {
        None = 0,
        ShuttingDown = 1,
        ActivationFailed = 2,
        ActivationIdle = 4,
        ApplicationRequested = 9,
        RuntimeRequested = 11,
    }
}

namespace Orleans.Runtime
{
    public interface IAddressable;

    public interface IGrainContext
    {
        GrainId GrainId { get; }

        object? GrainInstance { get; }

        IServiceProvider ActivationServices { get; }

        /// <summary>Takes no new requests, lets the running ones finish, deactivates. Queued requests go to the next activation.</summary>
        void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default);
    }

    public readonly struct GrainId : IEquatable<GrainId>
    {
        internal GrainId(GrainClass grainClass, GrainKey key) => (Class, KeyValue) = (grainClass, key);

        internal GrainClass Class { get; }

        internal GrainKey KeyValue { get; }

        public bool Equals(GrainId other) => Class == other.Class && KeyValue.Equals(other.KeyValue);

        public override bool Equals(object? obj) => obj is GrainId other && Equals(other);

        public override int GetHashCode() => HashCode.Combine(Class, KeyValue);

        public override string ToString() => $"{Class?.Name}/{KeyValue}";

        public static bool operator ==(GrainId left, GrainId right) => left.Equals(right);

        public static bool operator !=(GrainId left, GrainId right) => !left.Equals(right);
    }

    public interface IGrainTimer : IDisposable
    {
        void Change(TimeSpan dueTime, TimeSpan period);
    }

    public readonly struct GrainTimerCreationOptions
    {
        public GrainTimerCreationOptions() { }

        [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
        public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period) => (DueTime, Period) = (dueTime, period);

        public required TimeSpan DueTime { get; init; }

        public required TimeSpan Period { get; init; }

        /// <summary>May a tick run while a request does?</summary>
        public bool Interleave { get; init; }

        /// <summary>Does a tick count as use, so that the activation is not idle?</summary>
        public bool KeepAlive { get; init; }
    }
}
