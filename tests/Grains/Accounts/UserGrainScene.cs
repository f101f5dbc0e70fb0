using GifShare.Accounts;
using GifShare.Grains.Operations;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains.Tests.Accounts;

/// <summary>A silo of its own for each test, with small limits and a clock that the test moves.</summary>
public abstract class UserGrainScene : IAsyncLifetime
{
    protected const string Password = "seven quiet otters";
    protected static readonly ClientInfo Client = new("a test", "192.0.2.1");

    protected GrainsSilo Silo { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Silo = await GrainsSilo.Start(("RateLimits:WritesPerMinute", "3"), ("RateLimits:FailedPasswordsPer15Min", "4"));

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Silo.DisposeAsync();
    }

    protected async Task<string?> SignIn(string login, string password, ClientInfo client) =>
        (await Silo.Grains.Accounts().SignIn(login, password, client)).Error?.Code;

    protected async Task Sweep()
    {
        foreach (var sweep in Silo.Services.GetServices<ISweep>())
            await sweep.Sweep(TestContext.Current.CancellationToken);
    }

    protected Task<Admission> Admit(SignedIn who, RequestKind kind) => Silo.Grains.User(who.User.Id).Admit(who.Session, kind);

    protected async Task<SignedIn> Register() => (await Silo.Grains.User(UserId.New()).Register(Command(), Client)).Value!;

    protected static RegisterUser Command()
    {
        var name = "u" + Guid.NewGuid().ToString("N")[..12];
        return new("Ada", "Lovelace", name + "@example.org", name, Password);
    }
}
