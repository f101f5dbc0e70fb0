using Dapper;
using GifShare.Fixtures;
using GifShare.Grains.Accounts;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains.Tests.Accounts;

public sealed class PasswordHashTests : UserGrainScene
{
    [Fact]
    public async Task An_outdated_hash_is_made_anew_by_whoever_signs_in_also_by_several_at_once()
    {
        using var before = new PasswordHashing(2_000);
        var old = await before.Hash(Password);
        var ada = await Register();
        var id = ada.User.Id.Value;
        await Silo.Postgres.Run(connection => connection.ExecuteAsync("UPDATE users SET password_hash = @old WHERE id = @id", new { id, old }));
        await Silo.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero, TestContext.Current.CancellationToken);
        Assert.Equal(ErrorCode.InvalidCredentials, await SignIn(ada.User.Username, "wrong password", Client));
        Assert.Equal(old, await Hash());
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => SignIn(ada.User.Username, Password, Client))), Assert.Null);
        Assert.False(Silo.Services.GetRequiredService<PasswordHashing>().IsOutdated((await Hash())!));
        Assert.Null(await SignIn(ada.User.Username, Password, Client));
        Assert.Equal(ErrorCode.InvalidCredentials, await SignIn(ada.User.Username, "wrong password", Client));

        Task<string?> Hash() => Silo.Postgres.Run(connection => connection.ExecuteScalarAsync<string>("SELECT password_hash FROM users WHERE id = @id", new { id }));
    }

    [Fact]
    public async Task An_outdated_hash_of_a_link_is_made_anew_by_whoever_unlocks_it()
    {
        using var before = new PasswordHashing(2_000);
        var old = await before.Hash("open sesame");
        var ada = await Register();
        var collection = Silo.Grains.Collection(CollectionId.New());
        Assert.Null((await collection.Create(ada.User.Id, new("c", Visibility: "shared"), null)).Error);
        var link = (await collection.CreateLink(ada.User.Id, new(Password: "open sesame"), null)).Value!;
        await Silo.Postgres.Run(connection => connection.ExecuteAsync("UPDATE share_links SET password_hash = @old", new { old }));
        await Silo.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero, TestContext.Current.CancellationToken);
        var token = LinkTokens.HashOf(link.Token);
        Assert.Equal(ErrorCode.LinkPasswordWrong, (await collection.Unlock(token, "open sesam")).Error!.Code);
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => collection.Unlock(token, "open sesame"))), answer => Assert.Null(answer.Error));
        // Nobody waits for the new hash.
        var hashing = Silo.Services.GetRequiredService<PasswordHashing>();
        await Eventually.True(async () => !hashing.IsOutdated((await Hash())!), TestContext.Current.CancellationToken);
        Assert.Null((await collection.Unlock(token, "open sesame")).Error);
        // An edit finds the collection on the revision that the hash raised it to.
        Assert.Null((await collection.UpdateLink(ada.User.Id, link.Id, new(Label: new(true, "for friends")), null)).Error);

        Task<string?> Hash() => Silo.Postgres.Run(connection => connection.ExecuteScalarAsync<string>("SELECT password_hash FROM share_links"));
    }

    [Fact]
    public async Task Only_hashes_of_secrets_are_in_the_rows()
    {
        var ada = await Register();
        var rows = await Silo.Postgres.Run(connection => connection.QueryAsync<string>(
            "SELECT row_to_json(users)::text FROM users UNION ALL SELECT row_to_json(sessions)::text FROM sessions UNION ALL SELECT row_to_json(signing_keys)::text FROM signing_keys"));
        var all = string.Join('\n', rows);
        Assert.DoesNotContain(Password, all, StringComparison.Ordinal);
        Assert.DoesNotContain(ada.RefreshToken, all, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexStringLower(System.Buffers.Text.Base64Url.DecodeFromChars(ada.RefreshToken)), all, StringComparison.Ordinal);
    }
}
