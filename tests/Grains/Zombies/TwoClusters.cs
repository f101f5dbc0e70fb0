using Dapper;
using GifShare.Accounts;
using GifShare.Grains.Tests.Gifs;
using GifShare.ObjectStore;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains.Tests.Zombies;

/// <summary>
/// The same grain active twice over the same rows, as when a silo that was taken for dead goes on: <see cref="Live"/> is where the others see
/// it, <see cref="Zombie"/> holds what it read before.
/// </summary>
public sealed class TwoClusters : IAsyncLifetime
{
    public const string Password = "seven quiet otters";
    public static readonly ClientInfo Client = new("a test", "192.0.2.1");
    private GrainsSilo live = null!;
    private GrainsSilo zombie = null!;

    public IGrainFactory Live => live.Grains;
    public IGrainFactory Zombie => zombie.Grains;
    public GrainsSilo LiveSilo => live;
    public GrainsSilo ZombieSilo => zombie;

    public async ValueTask InitializeAsync()
    {
        live = await GrainsSilo.Start(("RateLimits:FailedPasswordsPer15Min", "0"));
        zombie = await live.StartBeside();
        // The first account is the administrator: nobody else here is the last one.
        await Register();
    }

    public async ValueTask DisposeAsync()
    {
        await zombie.DisposeAsync();
        await live.DisposeAsync();
    }

    public async Task<SignedIn> Register()
    {
        var name = "u" + Guid.NewGuid().ToString("N")[..16];
        return (await Live.User(UserId.New()).Register(new RegisterUser("Ada", "Lovelace", $"{name}@example.org", name, Password), Client)).Value!;
    }

    /// <summary>A user without sessions and without a password to hash.</summary>
    public async Task<UserId> NewUser()
    {
        var id = UserId.New();
        await Execute(
            """
            INSERT INTO users (id, username, email, email_key, password_hash, display_name, first_name, last_name, created_at, last_active_at)
            VALUES (@id, @name, @name, @name, 'x', 'Ada Lovelace', 'Ada', 'Lovelace', now(), now())
            """,
            new { id = id.Value, name = "u" + id.Value.ToString("N") });
        return id;
    }

    public async Task<GifId> NewGif(UserId owner) => (await Live.Gif(GifId.New()).CreateLinked(owner, GifsSilo.Link(), null)).Value!.Value.Id;

    /// <summary>What a frontend does before it hands over an upload.</summary>
    public async Task<ReadUpload> Stage()
    {
        var outcome = await live.Services.GetRequiredService<UploadReader>().ReadAsync(new MemoryStream(GifsSilo.Bytes()), 25 << 20, TestContext.Current.CancellationToken);
        return outcome.Upload!;
    }

    /// <summary>Every row of a user's, as one text.</summary>
    public Task<string> Rows(UserId owner) => Scalar<string>(
        """
        SELECT concat_ws(E'\n', (SELECT to_jsonb(u) FROM users u WHERE u.id = @id),
            (SELECT jsonb_agg(to_jsonb(s) ORDER BY s.id) FROM sessions s WHERE s.user_id = @id),
            (SELECT jsonb_agg(to_jsonb(k) ORDER BY k.scope) FROM idempotency_keys k WHERE k.user_id = @id),
            (SELECT to_jsonb(s) FROM user_storage s WHERE s.user_id = @id),
            (SELECT jsonb_agg(to_jsonb(g) ORDER BY g.id) FROM gifs g WHERE g.owner_id = @id),
            (SELECT jsonb_agg(to_jsonb(c) ORDER BY c.id) FROM collections c WHERE c.owner_id = @id),
            (SELECT jsonb_agg(to_jsonb(i) ORDER BY i.collection_id, i.gif_id) FROM collection_items i JOIN collections c ON c.id = i.collection_id WHERE c.owner_id = @id),
            (SELECT jsonb_agg(to_jsonb(l) ORDER BY l.id) FROM share_links l JOIN collections c ON c.id = l.collection_id WHERE c.owner_id = @id),
            (SELECT jsonb_agg(to_jsonb(k) ORDER BY k.collection_id) FROM collection_counters k JOIN collections c ON c.id = k.collection_id WHERE c.owner_id = @id))
        """,
        new { id = owner.Value });

    public async Task CountsAgree() => Assert.Empty(await GrainsServices.CheckCounters(live.ConnectionString, TestContext.Current.CancellationToken));

    public Task<int> Execute(string sql, object? parameters = null) => live.Postgres.Run(connection => connection.ExecuteAsync(sql, parameters));

    public Task<T> Scalar<T>(string sql, object? parameters = null) => live.Postgres.Run(connection => connection.ExecuteScalarAsync<T>(sql, parameters))!;
}
