using System.Linq.Expressions;
using System.Reflection;
using Orleans;
using Orleans.Concurrency;

namespace GifShare.EmbeddedSilo;

/// <summary>One method of a grain interface: its attributes, and how it is called, compiled once.</summary>
abstract class GrainMethod(MethodInfo method)
{
    public MethodInfo Info { get; } = method;
    public string Name { get; } = method.Name;
    public string InterfaceName { get; } = method.DeclaringType!.FullName!;
    public bool IsReadOnly { get; } = method.IsDefined(typeof(ReadOnlyAttribute));
    public bool AlwaysInterleaves { get; } = method.IsDefined(typeof(AlwaysInterleaveAttribute));
    public bool IsOneWay { get; } = method.IsDefined(typeof(OneWayAttribute));
    public TimeSpan? ResponseTimeout { get; } = method.GetCustomAttribute<ResponseTimeoutAttribute>()?.Timeout;

    readonly int tokenIndex = Array.FindIndex(method.GetParameters(), p => p.ParameterType == typeof(CancellationToken));
    protected bool ReturnsValueTask { get; } = !typeof(Task).IsAssignableFrom(method.ReturnType);

    public abstract Request CreateRequest(object?[] arguments);

    /// <summary>Calls the grain. A method that throws before its first await counts as one that returned a faulted task.</summary>
    public abstract Task Invoke(object grain, object?[] arguments);

    /// <summary>What the caller gets: the request's task in the type the method declares.</summary>
    public abstract object Response(Task task);

    public abstract Task Failed(Exception error);

    public CancellationToken Token(object?[] arguments) => tokenIndex < 0 ? default : (CancellationToken)arguments[tokenIndex]!;

    public override string ToString() => $"{InterfaceName}.{Name}";

    public static GrainMethod Of(MethodInfo method)
    {
        var result = method.ReturnType;
        if (method.IsGenericMethod || method.GetParameters().Any(p => p.ParameterType.IsByRef))
            throw new InvalidOperationException($"{method.DeclaringType}.{method.Name}: generic methods and in, ref or out parameters are not supported.");
        if (result == typeof(Task) || result == typeof(ValueTask))
            return new VoidMethod(method);
        if (result.IsGenericType && (result.GetGenericTypeDefinition() == typeof(Task<>) || result.GetGenericTypeDefinition() == typeof(ValueTask<>)))
            return (GrainMethod)Activator.CreateInstance(typeof(ValueMethod<>).MakeGenericType(result.GetGenericArguments()), method)!;
        throw new InvalidOperationException($"{method.DeclaringType}.{method.Name} returns {result}; a grain method returns Task, Task<T>, ValueTask or ValueTask<T>.");
    }

    /// <summary>(grain, arguments) => ((IInterface)grain).Method((T0)arguments[0], …), with AsTask() on a ValueTask.</summary>
    protected TDelegate Compile<TDelegate>() where TDelegate : Delegate
    {
        var grain = Expression.Parameter(typeof(object));
        var arguments = Expression.Parameter(typeof(object?[]));
        Expression call = Expression.Call(Expression.Convert(grain, Info.DeclaringType!), Info,
            Info.GetParameters().Select((p, i) => Expression.Convert(Expression.ArrayIndex(arguments, Expression.Constant(i)), p.ParameterType)));
        if (ReturnsValueTask)
            call = Expression.Call(call, nameof(ValueTask.AsTask), null);
        return Expression.Lambda<TDelegate>(call, grain, arguments).Compile();
    }
}

sealed class VoidMethod : GrainMethod
{
    readonly Func<object, object?[], Task> invoke;

    public VoidMethod(MethodInfo method) : base(method) => invoke = Compile<Func<object, object?[], Task>>();

    public override Request CreateRequest(object?[] arguments) => new VoidRequest(this, arguments);

    public override Task Invoke(object grain, object?[] arguments)
    {
        try
        {
            return invoke(grain, arguments) ?? throw new InvalidOperationException($"{this} returned null instead of a task.");
        }
        catch (Exception error)
        {
            return Task.FromException(error);
        }
    }

    public override object Response(Task task) => ReturnsValueTask ? new ValueTask(task) : task;

    public override Task Failed(Exception error) => Task.FromException(error);
}

sealed class ValueMethod<T> : GrainMethod
{
    readonly Func<object, object?[], Task<T>> invoke;

    public ValueMethod(MethodInfo method) : base(method) => invoke = Compile<Func<object, object?[], Task<T>>>();

    public override Request CreateRequest(object?[] arguments) => new ValueRequest<T>(this, arguments);

    public override Task Invoke(object grain, object?[] arguments)
    {
        try
        {
            return invoke(grain, arguments) ?? throw new InvalidOperationException($"{this} returned null instead of a task.");
        }
        catch (Exception error)
        {
            return Task.FromException<T>(error);
        }
    }

    public override object Response(Task task) => ReturnsValueTask ? new ValueTask<T>((Task<T>)task) : task;

    public override Task Failed(Exception error) => Task.FromException<T>(error);
}
