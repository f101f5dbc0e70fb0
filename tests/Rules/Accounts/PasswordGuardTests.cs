using GifShare.Grains.Accounts;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using static GifShare.Rules.Tests.Accounts.Accounts;

namespace GifShare.Rules.Tests.Accounts;

public sealed class PasswordGuardTests : IDisposable
{
    private const string Right = "seven quiet otters";
    private readonly FakeTimeProvider clock = new(Now);
    private readonly PasswordHashing hashing = new(iterations: 1_000);
    private readonly UserMemory memory = new(UserId.New());
    private readonly PasswordGuard guard;

    public PasswordGuardTests() => guard = new(
        hashing, new LoginAddresses(new MasterKey(Convert.ToBase64String(new byte[32]))), Options(("RateLimits:FailedPasswordsPer15Min", "2")), clock, NullLogger<PasswordGuard>.Instance);

    public void Dispose() => hashing.Dispose();

    [Fact]
    public async Task The_proof_of_a_right_guess_is_good_until_the_password_changes()
    {
        await Set(Right);
        var proof = (await guard.CheckGuess(memory, Right, "ada", "192.0.2.1", 0)).Proof!;
        Assert.True(PasswordGuard.IsProof(memory, proof));
        Assert.False(PasswordGuard.IsProof(memory, [.. proof.Reverse()]));
        await Set("nine loud herons");
        Assert.False(PasswordGuard.IsProof(memory, proof));
    }

    [Fact]
    public async Task The_proof_survives_the_same_password_under_a_new_hash_and_no_other_change()
    {
        using var before = new PasswordHashing(2_000);
        memory.Loaded(Rows(User(memory.Id, (await before.Hash(Right))!), 1));
        var proof = (await guard.CheckGuess(memory, Right, "ada", "192.0.2.1", 0)).Proof!;
        memory.Edited(memory.User! with { PasswordHash = memory.Failures.Rehashed!.Value.New });
        Assert.True(PasswordGuard.IsProof(memory, proof));
        await Set("nine loud herons");
        Assert.False(PasswordGuard.IsProof(memory, proof));
    }

    [Fact]
    public async Task Without_an_account_there_is_no_proof()
    {
        Assert.Equal(ErrorCode.InvalidCredentials, (await guard.CheckGuess(memory, Right, "nobody", "192.0.2.1", 0)).Error!.Code);
        Assert.False(PasswordGuard.IsProof(memory, new byte[32]));
    }

    [Fact]
    public async Task A_session_guesses_its_own_password_as_often_as_allowed_and_right_ones_cost_nothing()
    {
        await Set(Right);
        var (session, other) = (SessionId.New(), SessionId.New());
        for (var i = 0; i < 3; i++)
            Assert.Null(await guard.CheckOwn(memory, session, Right));
        for (var i = 0; i < 2; i++)
            Assert.Equal(ErrorCode.InvalidCredentials, (await guard.CheckOwn(memory, session, "wrong password"))!.Code);
        Assert.Equal(ErrorCode.RateLimited, (await guard.CheckOwn(memory, session, Right))!.Code);
        Assert.Null(await guard.CheckOwn(memory, other, Right));
        clock.Advance(FailedAttempts.Window);
        Assert.Null(await guard.CheckOwn(memory, session, Right));
    }

    private async Task Set(string password) => memory.Loaded(Rows(User(memory.Id, (await hashing.Hash(password))!), 1));
}
