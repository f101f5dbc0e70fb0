using System.Security.Cryptography;
using System.Text;
using GifShare.Accounts;
using Orleans.Concurrency;

namespace GifShare.Grains.Accounts;

/// <summary>Finds who is meant and hands over to the user's grain; wrong passwords per address are counted here.</summary>
[GrainType("accounts"), StatelessWorker(64)]
public sealed class AccountsGrain : Grain, IAccountsGrain
{
    private readonly AccountsTools tools;
    private readonly AddressFailures failures;
    private readonly byte[] strangersKey;

    public AccountsGrain(IServiceProvider services, MasterKey master)
    {
        tools = AccountsTools.From(services);
        failures = AddressFailures.From(services);
        strangersKey = master.Derive("gifshare/unknown-login/v1");
    }

    public Task<Result<SignedIn>> SignIn(string login, string password, ClientInfo client) =>
        Counted(login, client, user => user.SignIn(password, client));

    public Task<Result<SignedIn>> Restore(string login, string password, ClientInfo client) =>
        Counted(login, client, user => user.Restore(password, client));

    public Task<UserId?> FindByUsername(string username) => FindBy("username", Usernames.Normalize(username), deletedToo: false);

    public async Task<string> CreateInvite()
    {
        var code = RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyz23456789", 20);
        await tools.Store.AddInvite(SHA256.HashData(Encoding.UTF8.GetBytes(code)), tools.Time.GetUtcNow());
        return code;
    }

    private async Task<Result<SignedIn>> Counted(string login, ClientInfo client, Func<IUserGrain, Task<Result<SignedIn>>> attempt)
    {
        if (failures.Begin(client.Address) is { } tooMany)
            return tooMany;
        var isWrong = false;
        try
        {
            var result = await attempt(GrainFactory.User(await FindByLogin(login)));
            isWrong = result.Error?.Code == ErrorCode.InvalidCredentials;
            return result;
        }
        finally
        {
            if (!isWrong)
                failures.Forgive(client.Address);
        }
    }

    /// <summary>An unknown login has an id too, the same each time: its grain has no account and refuses every password at the usual pace.</summary>
    private async Task<UserId> FindByLogin(string login)
    {
        var known = login.Contains('@')
            ? await FindBy("email_key", User.EmailKeyOf(login), deletedToo: true)
            : await FindBy("username", Usernames.Normalize(login), deletedToo: true);
        return known ?? new(new Guid(HMACSHA256.HashData(strangersKey, Encoding.UTF8.GetBytes(User.EmailKeyOf(login))).AsSpan(0, 16)));
    }

    private async Task<UserId?> FindBy(string column, string value, bool deletedToo) =>
        value.Length is 0 or > 254 || value.Contains('\0') ? null : await tools.Store.Find(column, value, deletedToo);
}
