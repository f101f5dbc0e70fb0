using System.Text.Json;
using GifShare.Accounts;

namespace GifShare.Grains.Tests.Zombies;

/// <summary>An account with two sessions, made through the live cluster.</summary>
public sealed class UserScene : IScene
{
    private UserScene(TwoClusters clusters, SignedIn first, SignedIn second) => (Clusters, First, Second) = (clusters, first, second);

    public TwoClusters Clusters { get; }
    public SignedIn First { get; }
    public SignedIn Second { get; }
    public UserId Owner => First.User.Id;
    public IUserGrain Live => Clusters.Live.User(Owner);

    public static async Task<UserScene> Make(TwoClusters clusters)
    {
        var first = await clusters.Register();
        return new(clusters, first, (await clusters.Live.User(first.User.Id).SignIn(TwoClusters.Password, TwoClusters.Client)).Value!);
    }

    public async Task<string> See(IGrainFactory grains)
    {
        var grain = grains.User(Owner);
        var me = await grain.GetMe();
        if (me.Error is { } error)
            return error.Code;
        var sessions = await grain.ListSessions(First.Session, null, 50);
        var admitted = await grain.Admit(Second.Session, RequestKind.Read);
        return $"{JsonSerializer.Serialize(me.Value! with { LastActiveAt = default })} {string.Join(' ', sessions.Value!.Items.Select(session => session.Id))} {admitted}";
    }

    public Task<long> Version() => Task.FromResult(0L);

    public async Task<Error?> Touch(IGrainFactory grains) => (await grains.User(Owner).UpdateProfile(new(Website: "https://example.org/"))).Error;
}

/// <summary>Every kind of write of a user's grain that does not commute, those of sessions included.</summary>
public static class UserWrites
{
    public const string Profile = "change the profile", Password = "reset the password", SignOut = "sign a session out", Promote = "promote";
    private const string Restore = "restore the account", NewPassword = "nine loud herons";

    public static IReadOnlyList<Write<UserScene>> All { get; } =
    [
        Of("UpdateProfile", Profile, async (_, user) => (await user.UpdateProfile(new(Bio: "Loops"))).Error),
        Of("UpdateProfile", "change the email", async (scene, user) =>
            (await user.UpdateProfile(new(Email: $"new-{scene.First.User.Username}@example.org", Password: TwoClusters.Password))).Error),
        Of("ChangePassword", "change the password", async (scene, user) => (await user.ChangePassword(scene.First.Session, TwoClusters.Password, NewPassword)).Error),
        Of("ResetPassword", Password, async (_, user) => (await user.ResetPassword(NewPassword)).Error),
        Of("SignIn", "sign in", async (_, user) => (await user.SignIn(TwoClusters.Password, TwoClusters.Client)).Error),
        Of("Refresh", "refresh a session", async (scene, user) => (await user.Refresh(scene.First.RefreshToken, TwoClusters.Client)).Error),
        Of("Refresh", "end a family by a token that was used long ago", async (scene, user) =>
        {
            Assert.Equal(ErrorCode.Unauthenticated, (await user.Refresh(scene.First.RefreshToken, TwoClusters.Client)).Error?.Code);
            return null;
        }) with
        {
            Before = async scene =>
            {
                var second = (await scene.Live.Refresh(scene.First.RefreshToken, TwoClusters.Client)).Value!;
                Assert.Null((await scene.Live.Refresh(second.RefreshToken, TwoClusters.Client)).Error);
            },
            OvertakenBy = [Profile, SignOut],
        },
        Of("SignOut", SignOut, async (scene, user) => (await user.SignOut(scene.Second.Session)).Error),
        Of("SetAvatar", "set the avatar", async (scene, user) =>
        {
            var upload = await scene.Clusters.Stage();
            return (await user.SetAvatar(new(upload.Staged.Token, upload.Key.ToString(), upload.Staged.Length))).Error;
        }),
        Of("SetAvatar", "clear the avatar", async (_, user) => (await user.SetAvatar(null)).Error),
        Of("Delete", "delete the account", async (_, user) => (await user.Delete(TwoClusters.Password)).Error),
        Of("Restore", Restore, async (_, user) => (await user.Restore(TwoClusters.Password, TwoClusters.Client)).Error) with
        {
            Before = async scene => Assert.Null((await scene.Live.Delete(TwoClusters.Password)).Error),
            OvertakenBy = [Restore],
        },
        Of("Promote", Promote, async (_, user) => (await user.Promote()).Error),
        Of("FinishFanOut", "finish telling", async (_, user) =>
        {
            await user.FinishFanOut();
            return null;
        }) with
        {
            Before = scene => scene.Clusters.Execute("UPDATE users SET fan_out_due = true WHERE id = @id", new { id = scene.Owner.Value }),
            IsRepeatable = true,
        },
    ];

    private static Write<UserScene> Of(string method, string what, Func<UserScene, IUserGrain, Task<Error?>> act) =>
        new($"{nameof(IUserGrain)}.{method}", what, (scene, grains) => act(scene, grains.User(scene.Owner)));
}
