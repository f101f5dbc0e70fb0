using System.Collections.Immutable;
using System.Reflection;
using Orleans.Runtime;

namespace Orleans
{
    public interface IGrainCallContext
    {
        object Grain { get; }

        MethodInfo InterfaceMethod { get; }

        string InterfaceName { get; }

        string MethodName { get; }

        GrainId TargetId { get; }

        object? Result { get; set; }

        Task Invoke();
    }

    public interface IIncomingGrainCallContext : IGrainCallContext
    {
        MethodInfo ImplementationMethod { get; }

        IGrainContext TargetContext { get; }
    }

    public interface IIncomingGrainCallFilter
    {
        Task Invoke(IIncomingGrainCallContext context);
    }

    public delegate Task IncomingGrainCallFilterDelegate(IIncomingGrainCallContext context);
}

namespace Orleans.Runtime
{
    /// <summary>Values that travel with calls, from the caller to the callee and never back.</summary>
    public static class RequestContext
    {
        static readonly AsyncLocal<ImmutableDictionary<string, object>?> Values = new();

        public static IEnumerable<string> Keys => Current?.Keys ?? [];

        public static IEnumerable<KeyValuePair<string, object>> Entries => Current ?? Enumerable.Empty<KeyValuePair<string, object>>();

        public static object? Get(string key) => Current?.GetValueOrDefault(key);

        public static void Set(string key, object value) => Values.Value = (Current ?? ImmutableDictionary<string, object>.Empty).SetItem(key, value);

        public static bool Remove(string key)
        {
            if (Current?.ContainsKey(key) != true)
                return false;
            var left = Current.Remove(key);
            Values.Value = left.IsEmpty ? null : left;
            return true;
        }

        public static void Clear() => Values.Value = null;

        internal static ImmutableDictionary<string, object>? Current => Values.Value;

        internal static void Enter(ImmutableDictionary<string, object> values) => Values.Value = values;
    }

    public class OrleansException : Exception
    {
        public OrleansException() { }

        public OrleansException(string message) : base(message) { }

        public OrleansException(string message, Exception innerException) : base(message, innerException) { }
    }

    public class OrleansMessageRejectionException : OrleansException
    {
        internal OrleansMessageRejectionException(string message) : base(message) { }
    }

    /// <summary>The silo is not running: not started yet, or stopping.</summary>
    public sealed class SiloUnavailableException : OrleansMessageRejectionException
    {
        public SiloUnavailableException() : base("The silo is not running.") { }

        public SiloUnavailableException(string msg) : base(msg) { }
    }
}
