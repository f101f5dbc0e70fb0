using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace GifShare.EmbeddedSilo.Tests.Embedded;

/// <summary>What only one process can promise, or only this engine refuses.</summary>
public sealed class SiloTests(ConformanceCluster cluster)
{
    [Fact]
    public async Task Before_the_start_and_after_the_stop_every_call_is_refused()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.AddEmbeddedSilo(silo => silo.AddGrainAssembly(typeof(LifeGrain).Assembly));
        using var host = builder.Build();
        var grain = host.Services.GetRequiredService<IClusterClient>().GetGrain<ILifeGrain>(Guid.CreateVersion7());
        await Assert.ThrowsAsync<SiloUnavailableException>(grain.Activation);
        await host.StartAsync(TestContext.Current.CancellationToken);
        await grain.Activation();
        await host.StopAsync(TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<SiloUnavailableException>(grain.Activation);
    }

    [Fact]
    public async Task While_the_silo_stops_new_calls_are_refused_and_running_ones_answered()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.AddEmbeddedSilo(silo => silo.AddGrainAssembly(typeof(LifeGrain).Assembly));
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        var scene = Scene.New();
        scene.Hold("work");
        var grain = host.Services.GetRequiredService<IGrainFactory>().GetGrain<ILifeGrain>(scene.Id);
        var work = grain.Work();
        await scene.At("work");
        var stop = host.StopAsync(TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<SiloUnavailableException>(grain.Activation);
        scene.Release("work");
        await work;
        await stop;
    }

    [Fact]
    public async Task An_idle_grain_answers_an_outside_caller_at_once_and_neither_finds_anything_of_the_other()
    {
        var grain = cluster.Grain<ITurnGrain>(Scene.New());
        await grain.Facts();
        // From a thread of the pool without a scheduler of the test's own; a turn that is only just over may still be noted, so not every call finds it idle.
        var (answeredAtOnce, facts, after) = await Task.Run(() =>
        {
            TurnGrain.Local.Value = "the caller's";
            CultureInfo.CurrentCulture = TurnGrain.Comma();
            RequestContext.Set("who", "me");
            var count = 0;
            ValueTask<AmbientFacts> ambient = default;
            for (var i = 0; i < 100; i++)
                count += (ambient = grain.Ambient()).IsCompletedSuccessfully ? 1 : 0;
            return (count, ambient.AsTask(), (TurnGrain.Local.Value, 1.5.ToString(CultureInfo.CurrentCulture), RequestContext.Get("who"), TaskScheduler.Current == TaskScheduler.Default));
        }, TestContext.Current.CancellationToken);
        Assert.InRange(answeredAtOnce, 1, 100);
        Assert.Equal(new AmbientFacts(null, "1.5", null, "me"), await facts);
        Assert.Equal(("the caller's", "1,5", "me", true), after);
    }

    [Fact]
    public async Task An_idle_grain_that_is_asked_from_outside_comes_back_to_its_own_scheduler()
    {
        var grain = cluster.Grain<ITurnGrain>(Scene.New());
        await grain.Facts();
        var facts = await Task.Run(grain.Facts, TestContext.Current.CancellationToken);
        Assert.Equal(new TurnFacts(HasSynchronizationContext: false, OnOwnScheduler: true, BackAfterYield: true, TaskRunLeaves: true, BackAfterTaskRun: true), facts);
        var overlaps = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => grain.Step(200))));
        Assert.Equal(0, overlaps.Sum());
    }

    [Theory]
    [InlineData(typeof(GrainTypeAttribute), "test-life")]
    [InlineData(typeof(AliasAttribute), "test.ILifeGrain")]
    public async Task A_name_given_twice_is_refused_at_the_start(Type attribute, string name)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.AddEmbeddedSilo(silo => silo.AddGrainAssembly(typeof(LifeGrain).Assembly).AddGrainAssembly(WithGrainClass(attribute, name)));
        using var host = builder.Build();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains($"\"{name}\"", error.Message, StringComparison.Ordinal);
        Assert.Contains("Imitation", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Made at run time: such a class in this assembly would keep every silo here from starting.</summary>
    static Assembly WithGrainClass(Type attribute, string name)
    {
        var module = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Imitation"), AssemblyBuilderAccess.Run).DefineDynamicModule("Imitation");
        var type = module.DefineType("Imitation", TypeAttributes.Public, typeof(Grain), [typeof(IImitated)]);
        type.SetCustomAttribute(new CustomAttributeBuilder(attribute.GetConstructor([typeof(string)])!, [name]));
        type.CreateType();
        return module.Assembly;
    }

    /// <summary>On Orleans a writer may enter when the first of several readers is done, see README.md of the engine.</summary>
    [Fact]
    public async Task Readers_run_together_and_no_writer_runs_beside_anyone()
    {
        var grain = cluster.Client.GetGrain<IReadersGrain>(Guid.CreateVersion7());
        await Task.WhenAll(Enumerable.Range(0, 16).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
                await (i % 4 == caller % 4 ? grain.Write() : grain.Read());
        })));
        Assert.Equal(0, await grain.Broken());
    }

    [Fact]
    public void An_interface_that_no_class_implements_is_refused_by_name()
    {
        var error = Assert.Throws<ArgumentException>(() => cluster.Client.GetGrain<INobody>(Guid.Empty));
        Assert.Contains("INobody", error.Message, StringComparison.Ordinal);
    }

    [Alias("test.IImitated")]
    public interface IImitated : IGrainWithGuidKey;

    [Alias("test.INobody")]
    public interface INobody : IGrainWithGuidKey;
}
