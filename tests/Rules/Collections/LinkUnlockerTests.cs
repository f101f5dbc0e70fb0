using GifShare.Collections;
using GifShare.Grains.Accounts;
using GifShare.Grains.Collections;
using GifShare.Grains.Secrets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;

namespace GifShare.Rules.Tests.Collections;

public sealed class LinkUnlockerTests : IDisposable
{
    private const string Token = "hash", Right = "open sesame";
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider clock = new(Now);
    private readonly PasswordHashing hashing = new(iterations: 1_000);
    private readonly CollectionMemory memory = new(CollectionId.New(), new());
    private readonly LinkSecrets secrets;
    private readonly LinkPasswords passwords;
    private readonly LinkUnlocker unlocker;
    private readonly Link link;

    public LinkUnlockerTests()
    {
        secrets = new(new MasterKey(Convert.ToBase64String(new byte[32])), clock);
        passwords = new(hashing, AccountsOptions.From(new ConfigurationBuilder().AddInMemoryCollection([new("RateLimits:FailedPasswordsPer15Min", "3")]).Build()));
        unlocker = new(secrets, passwords, clock);
        link = new() { Id = LinkId.New(), TokenHash = Token, TokenSealed = [], CreatedAt = Now };
        var owner = UserId.New();
        memory.Created(new(memory.Id, owner, "Cats", null, Visibility.Shared, null, 1, Now, Now, null, 0, true), new(owner, "ada", "Ada", null, false), ItemIndex.Empty, 0);
        memory.Links.Add(Token, link);
    }

    public void Dispose() => hashing.Dispose();

    private async Task<Result<LinkUnlocked>> Unlock(string password, string address = "10.0.0.1") => (await unlocker.Unlock(memory, Token, password, address)).Answer;

    [Fact]
    public async Task The_right_password_opens_it_and_a_wrong_one_does_not()
    {
        link.PasswordHash = await passwords.Hash(Right);
        Assert.Equal(ErrorCode.LinkPasswordWrong, (await Unlock("wrong")).Error!.Code);
        var unlocked = (await Unlock(Right)).Value!;
        Assert.True(secrets.IsUnlocked(unlocked.Unlock, link.Id, link.PasswordVersion));
    }

    [Fact]
    public async Task Guesses_of_an_address_end_and_whoever_knows_it_goes_on()
    {
        link.PasswordHash = await passwords.Hash(Right);
        Assert.Null((await Unlock(Right, "friend")).Error);
        for (var i = 0; i < 3; i++)
            Assert.Equal(ErrorCode.LinkPasswordWrong, (await Unlock($"wrong {i}")).Error!.Code);
        var refused = (await Unlock(Right)).Error!;
        Assert.Equal(ErrorCode.RateLimited, refused.Code);
        Assert.InRange(refused.RetryAfterSeconds!.Value, 1, 15 * 60);
        Assert.Null((await Unlock(Right, "friend")).Error);
    }

    [Fact]
    public async Task A_link_that_is_closed_is_not_there()
    {
        link.PasswordHash = await passwords.Hash(Right);
        link.ExpiresAt = Now.AddMinutes(1);
        Assert.Null((await Unlock(Right)).Error);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(ErrorCode.NotFound, (await Unlock(Right)).Error!.Code);
        link.ExpiresAt = null;
        (link.MaxViews, link.Views) = (2, 2);
        Assert.Equal(ErrorCode.NotFound, (await Unlock(Right)).Error!.Code);
        Assert.Equal(ErrorCode.NotFound, (await unlocker.Unlock(memory, "another", Right, null)).Answer.Error!.Code);
    }

    [Fact]
    public async Task A_hash_of_fewer_rounds_is_made_anew()
    {
        using var weak = new PasswordHashing(iterations: 10);
        link.PasswordHash = await new LinkPasswords(weak, AccountsOptions.From(new ConfigurationBuilder().Build())).Hash(Right);
        var outcome = await unlocker.Unlock(memory, Token, Right, null);
        Assert.Equal((link.Id, link.PasswordHash), (outcome.Link, outcome.OldHash));
        Assert.False(passwords.IsOutdated(outcome.NewHash!));
        link.PasswordHash = outcome.NewHash;
        Assert.Null((await unlocker.Unlock(memory, Token, Right, null)).NewHash);
    }
}
