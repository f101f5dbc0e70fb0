namespace GifShare.Grains.Tests.Orleans;

/// <summary>The one kind of exception that may cross a boundary.</summary>
[GenerateSerializer, Alias("test.ProbeException")]
public sealed class ProbeException(string message) : Exception(message);

/// <summary>What a grain sees where its code runs.</summary>
/// <param name="HasSynchronizationContext">Is there one?</param>
/// <param name="OnOwnScheduler">Is TaskScheduler.Current something other than the thread pool's?</param>
/// <param name="BackAfterYield">Is it the same after an await?</param>
/// <param name="TaskRunLeaves">Is it the thread pool's inside Task.Run?</param>
/// <param name="BackAfterTaskRun">Is it the same after awaiting that?</param>
[GenerateSerializer, Immutable, Alias("test.TurnFacts")]
public sealed record TurnFacts(
    [property: Id(0)] bool HasSynchronizationContext,
    [property: Id(1)] bool OnOwnScheduler,
    [property: Id(2)] bool BackAfterYield,
    [property: Id(3)] bool TaskRunLeaves,
    [property: Id(4)] bool BackAfterTaskRun);

/// <summary>What of its caller's ambient state a grain sees.</summary>
[GenerateSerializer, Immutable, Alias("test.AmbientFacts")]
public sealed record AmbientFacts(
    [property: Id(0)] string? AsyncLocal,
    [property: Id(1)] string Number,
    [property: Id(2)] string? TraceId,
    [property: Id(3)] string? RequestValue);

/// <summary>A grain whose calls <see cref="SceneFilter"/> records.</summary>
public interface IFiltered;
