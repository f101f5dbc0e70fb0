using GifShare.Accounts;
using GifShare.Fixtures;
using GifShare.Operations;

namespace GifShare.Grains.Tests.Operations;

public sealed class OperationsGrainTests : IAsyncLifetime
{
    private static readonly ClientInfo Client = new("a test", "192.0.2.1");
    private GrainsSilo silo = null!;
    private SignedIn admin = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        silo = await GrainsSilo.Start(("Operations:ReportSeconds", "1"));
        admin = await Register();
    }

    public ValueTask DisposeAsync() => silo.DisposeAsync();

    internal static SiloReport Report(string name) => new(
        Guid.NewGuid(), name, "1", DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(5), [],
        new(0, 1, 0, 0, 0, 0, default, [], []), new(0, 0, 0, 0), [], new(true, default, 0, 0, 0), new(true, null, null, 0), []);

    [Fact]
    public async Task Only_an_administrator_with_a_living_session_reads()
    {
        var user = await Register();
        var operations = silo.Grains.Operations();
        Assert.Equal(ErrorCode.NotFound, (await operations.Read(user.User.Id, user.Session)).Error?.Code);
        Assert.Equal(ErrorCode.NotFound, (await operations.Read(admin.User.Id, user.Session)).Error?.Code);
        Assert.Equal(ErrorCode.NotFound, (await operations.Read(UserId.New(), SessionId.New())).Error?.Code);
        Assert.Null((await operations.Read(admin.User.Id, admin.Session)).Error);
        await silo.Grains.User(admin.User.Id).SignOut(admin.Session);
        Assert.Equal(ErrorCode.NotFound, (await operations.Read(admin.User.Id, admin.Session)).Error?.Code);
    }

    [Fact]
    public async Task Real_grains_that_are_busy_are_seen_but_timers_and_management_are_not()
    {
        var users = silo.Grains.User(admin.User.Id);
        for (var i = 0; i < 100; i++)
            await users.GetMe();
        var view = await Await(view => view.HotGrains.Any(hot => hot.Type == "user" && hot.Key == admin.User.Id.Value.ToString("N")));
        Assert.Empty(view.Failures);
        Assert.All(view.HotGrains, hot => Assert.DoesNotContain("management", hot.Type, StringComparison.OrdinalIgnoreCase));
        Assert.All(view.Silos, one =>
        {
            Assert.True(one.Process.ManagedHeap > 0 && one.Process.WorkingSet > 0 && one.Process.MemoryLimit > 0);
            Assert.Contains(one.Queues, queue => queue is { Name: "Password hashing", Limit: 32 });
            Assert.True(one.Database.PoolLimit > 0 && one.Cache.Limit > 0);
        });
        await Await(view => view.Silos.All(one => one.Database is { Reachable: true, Size: > 0 } && one.Database.Ping > TimeSpan.Zero
            && one.Store is { Reachable: true, Free: > 0, Reserve: > 0 }));
    }

    [Fact]
    public async Task A_silo_that_falls_silent_drops_out_and_its_figures_with_it()
    {
        var ghost = Report("ghost") with { Failures = [new("ghost", 5)] };
        var operations = silo.Grains.Operations();
        await operations.Report(ghost);
        await operations.Report(ghost with { Name = "ghost again" });
        var view = await Await(view => Of(view, "ghost") == 5);
        Assert.Equal("ghost again", Assert.Single(view.Silos, one => one.Silo == ghost.Silo).Name);
        silo.Clock.Turn(TimeSpan.FromSeconds(21));
        // The living ones report again; the ghost does not.
        view = await Await(view => view.Silos.Length > 0);
        Assert.Equal(0, Of(view, "ghost"));
        Assert.DoesNotContain(view.Silos, one => one.Silo == ghost.Silo);
    }

    [Fact]
    public async Task However_many_silos_report_few_are_kept()
    {
        var operations = silo.Grains.Operations();
        await Await(view => view.Silos.Length > 0);
        for (var i = 0; i < 300; i++)
            await operations.Report(Report($"s{i}"));
        var view = await Await(_ => true);
        Assert.Equal(256, view.Silos.Length);
    }

    private static long Of(OperationsView view, string type) => view.Failures.FirstOrDefault(one => one.Type == type)?.Count ?? 0;

    /// <summary>What the operations grain says once it says this.</summary>
    private async Task<OperationsView> Await(Func<OperationsView, bool> fact)
    {
        OperationsView? seen = null;
        await Eventually.True(
            async () => (await silo.Grains.Operations().Read(admin.User.Id, admin.Session)).Succeeded(out seen, out _) && fact(seen), Cancel);
        return seen!;
    }

    private async Task<SignedIn> Register()
    {
        var name = "u" + Guid.NewGuid().ToString("N")[..12];
        var registered = await silo.Grains.User(UserId.New()).Register(
            new RegisterUser("Ada", "Lovelace", $"{name}@example.org", name, "seven quiet otters"), Client);
        return registered.Value!;
    }
}
