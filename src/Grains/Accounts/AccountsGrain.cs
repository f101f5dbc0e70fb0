using System.Security.Cryptography;
using System.Text;
using GifShare.Accounts;
using Orleans.Concurrency;

namespace GifShare.Grains.Accounts;

/// <summary>Finds the account of a login and calls its grain. Limits wrong passwords per address over all names.</summary>
[GrainType("accounts"), StatelessWorker(64)]
internal sealed class AccountsGrain(UserStore store, AddressFailures failures, MasterKey master, TimeProvider time) : Grain, IAccountsGrain
{
    private readonly byte[] strangersKey = master.Derive("gifshare/unknown-login/v1");

    public Task<Result<SignedIn>> SignIn(string login, string password, ClientInfo client) =>
        Counted(login, client, (user, name, waitSeconds) => user.SignIn(password, client, name, waitSeconds));

    public Task<Result<SignedIn>> Restore(string login, string password, ClientInfo client) =>
        Counted(login, client, (user, name, waitSeconds) => user.Restore(password, client, name, waitSeconds));

    public Task<UserId?> FindByUsername(string username) => FindBy("username", Usernames.Normalize(username), deletedToo: false);

    public async Task<string> CreateInvite()
    {
        var code = RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyz23456789", 20);
        await store.AddInvite(SHA256.HashData(Encoding.UTF8.GetBytes(code)), time.GetUtcNow());
        return code;
    }

    private async Task<Result<SignedIn>> Counted(string login, ClientInfo client, Func<IUserGrain, string, int, Task<Result<SignedIn>>> attempt)
    {
        // Call the account even if the address has failed too often, because the account may know the address.
        var waitSeconds = failures.Begin(client.Address);
        var isWrong = false;
        try
        {
            var name = User.EmailKeyOf(login);
            var result = await attempt(GrainFactory.User(await FindByLogin(login)), name[..Math.Min(name.Length, 254)], waitSeconds);
            isWrong = result.Error?.Code == ErrorCode.InvalidCredentials;
            return result;
        }
        finally
        {
            if (!isWrong && waitSeconds == 0)
                failures.Forgive(client.Address);
        }
    }

    /// <summary>
    /// The id of an account. An unknown login gets a stable id whose grain has no account and takes as long to refuse a password.
    /// </summary>
    private async Task<UserId> FindByLogin(string login)
    {
        var known = login.Contains('@')
            ? await FindBy("email_key", User.EmailKeyOf(login), deletedToo: true)
            : await FindBy("username", Usernames.Normalize(login), deletedToo: true);
        return known ?? new(new Guid(HMACSHA256.HashData(strangersKey, Encoding.UTF8.GetBytes(User.EmailKeyOf(login))).AsSpan(0, 16)));
    }

    private async Task<UserId?> FindBy(string column, string value, bool deletedToo) =>
        value.Length is 0 or > 254 || value.Contains('\0') ? null : await store.Find(column, value, deletedToo);
}
