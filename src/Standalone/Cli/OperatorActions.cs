using System.Security.Cryptography;

namespace GifShare.Standalone.Cli;

/// <summary>The operator's actions on accounts; each returns a sentence for the terminal. There is no mail server, so a new password is printed.</summary>
internal static class OperatorActions
{
    public const string ResetPassword = "reset-password", Promote = "promote", Invite = "invite";

    public static async Task<(bool Done, string Sentence)> Run(string verb, string? name, IGrainFactory grains)
    {
        if (verb == Invite)
            return (true, $"Invitation code: {await grains.Accounts().CreateInvite()}\nIt is good once, for 7 days.");
        if (verb is not (ResetPassword or Promote))
            return (false, $"There is no '{verb}'.");
        if (await grains.Accounts().FindByUsername(name ?? "") is not { } id)
            return (false, $"There is no user '{name}'.");
        if (verb == Promote)
            return (await grains.User(id).Promote()).Error is { } refused ? (false, refused.Detail ?? refused.Code) : (true, $"{name} is an administrator now.");

        // 100 random bits, without characters that look alike.
        var password = RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyz23456789", 20);
        return (await grains.User(id).ResetPassword(password)).Error is { } error
            ? (false, error.Detail ?? error.Code)
            : (true, $"The new password of {name} is: {password}\nAll their sessions have ended.");
    }
}
