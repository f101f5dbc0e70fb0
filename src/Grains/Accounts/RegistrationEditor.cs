using System.Security.Cryptography;
using System.Text;
using GifShare.Accounts;
using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Accounts;

/// <summary>Creates an account and its first session.</summary>
internal sealed class RegistrationEditor(UserStore store, PasswordHashing hashing, SessionIssuer issuer, AccountsOptions options, ILogger<RegistrationEditor> log)
{
    /// <inheritdoc cref="IUserGrain.Register"/>
    public async Task<Result<SignedIn>> Register(UserMemory memory, RegisterUser command, ClientInfo client)
    {
        if (memory.User is not null)
            return Error.Conflict("This account exists already.");
        if (options.Registration == RegistrationMode.Closed)
            return new Error(ErrorCode.RegistrationClosed, "This site takes no new accounts.");
        var needsInvite = options.Registration == RegistrationMode.Invite;
        var fields = new RequestValidator();
        if (needsInvite && string.IsNullOrWhiteSpace(command.InviteCode))
            fields.Refuse("inviteCode", "An invitation is needed to register here.");
        var (session, refresh, mark) = issuer.Make(memory.Id, client);
        var user = User.Register(memory.Id, command, fields, session.CreatedAt);
        if (!fields.AreValid)
            return fields.Error;
        if (await hashing.Hash(Passwords.Normalize(command.Password)!) is not { } hash)
            return PasswordHashing.Busy;
        var invite = needsInvite ? SHA256.HashData(Encoding.UTF8.GetBytes(command.InviteCode!.Trim())) : null;
        var result = await store.Register(user with { PasswordHash = hash }, session, mark, invite);
        if (!result.Succeeded(out var registered, out var error))
            return error;
        memory.Registered(registered, session, LoginAddresses.With(memory.Addresses, mark, session.CreatedAt));
        log.Registered(memory.Id, registered.Role);
        return await issuer.Answer(memory, session, refresh);
    }
}
