using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace GifShare.Bench;

/// <summary>A range of similar collections: <c>Count</c> of them from number <c>First</c> on, with <c>Items</c> items each.</summary>
internal sealed record Range(int First, int Count, int Items, bool IsShared = false, bool ByAllOwners = false, string Visibility = "shared");

/// <summary>
/// The test data, the same in every database: ids and link tokens are functions of a number, so that loads can compute them. Owner u has
/// gifs from u × 10,000 on; the first owner has 10,000 of them, the others as many as the adds of a run need.
/// </summary>
internal static class World
{
    public const int Owners = 64, FirstOwnersGifs = 10_000, OthersGifs = 500;

    public static readonly Range Many = new(0, 10_000, 50, IsShared: true);
    public static readonly Range Viral = new(20_000, 1, 50, IsShared: true);
    public static readonly Range Liked = new(20_001, 1, 50, IsShared: true, Visibility: "public");
    public static readonly Range Edited = new(30_000, 100, 50, IsShared: true);
    public static readonly Range Added = new(100_000, 6_400, 0, ByAllOwners: true);
    public static readonly Range AddedByPgbench = new(110_000, 6_400, 0, ByAllOwners: true);
    public static readonly Range Hot = new(200_000, 1_000, 0);
    public static readonly Range[] BySize = [.. new[] { 10, 100, 1_000, 9_500 }.Select((size, i) => new Range(300_000 + i * 1_000, 6, size, IsShared: true))];

    /// <summary>How many of <see cref="Many"/> are read.</summary>
    public static int ManyOf(Options options) => options.Short ? 2_000 : Many.Count;

    /// <summary>For measuring cost as a function of the number of collections.</summary>
    public static Range ByNumber(bool isShort) => new(1_000_000, isShort ? 10_000 : 100_000, 10, IsShared: true);

    public static Guid Collection(int number) => Id(2, number);

    public static Guid Gif(int number) => Id(1, number);

    public static string Token(int collection) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes($"bench{collection}")).AsSpan(0, 16));

    public static byte[] HashOf(string token) => SHA256.HashData(Encoding.ASCII.GetBytes(token));

    private static Guid Id(int kind, int number) => Guid.ParseExact($"018f0000-{kind:x4}-7000-8000-{number:x12}", "D");

    public static async Task SeedAsync(string connectionString, IReadOnlyList<Guid> owners, bool addOwners, Options options)
    {
        await using var source = NpgsqlDataSource.Create(connectionString + ";Command Timeout=0");
        await using var connection = await source.OpenConnectionAsync();
        await Run("SET statement_timeout = 0; SET synchronous_commit = off");
        if (addOwners)
            await Run(
                """
                INSERT INTO users (id, username, email, email_key, password_hash, display_name, first_name, last_name, created_at, last_active_at)
                SELECT id, 'user' || (n - 1), 'user' || (n - 1), 'user' || (n - 1), '', 'Viewer Number' || (n - 1), '', '', now(), now()
                FROM unnest($1::uuid[]) WITH ORDINALITY AS t (id, n)
                """, owners.ToArray());
        await Run(
            $"""
            INSERT INTO gifs (id, owner_id, provider, url, width, height, title, alt_text, tags, rating, created_at, updated_at)
            SELECT {Sql(1, "u * 10000 + j")}, ($1::uuid[])[u + 1], 'giphy', 'https://media.example.org/media/' || md5(u || '/' || j) || '/giphy.gif', 480, 270,
                'Waving from afar ' || j, 'Somebody waves from a far hill, again and again', ARRAY['wave', 'hello', 'friends'], 'g',
                date_trunc('milliseconds', now()), now()
            FROM generate_series(0, {Owners - 1}) u, generate_series(0, CASE u WHEN 0 THEN {FirstOwnersGifs} ELSE {OthersGifs} END - 1) j
            """, owners.ToArray());
        List<Range> ranges = [Many, Viral, Liked, Edited, Added, AddedByPgbench, Hot, .. BySize];
        if (options.Wants("growth"))
            ranges.Add(ByNumber(options.Short));
        foreach (var range in ranges)
            await SeedAsync(range);
        await Run("ANALYZE");
        await Run("CHECKPOINT");

        async Task SeedAsync(Range range)
        {
            var numbers = $"generate_series({range.First}, {range.First + range.Count - 1}) n";
            await Run(
                $"""
                INSERT INTO collections (id, owner_id, name, description, visibility, item_count, version, created_at, updated_at)
                SELECT {Sql(2, "n")}, ($1::uuid[])[{(range.ByAllOwners ? $"(n - {range.First}) % {Owners} + 1" : "1")}], 'Slow loops ' || n, 'For when words are too slow.',
                    '{range.Visibility}', {range.Items}, {range.Items + 1}, date_trunc('milliseconds', now()), date_trunc('milliseconds', now()) FROM {numbers}
                """, owners.ToArray());
            await Run($"INSERT INTO collection_counters (collection_id) SELECT {Sql(2, "n")} FROM {numbers}");
            if (range.IsShared)
                await Run(
                    $"""
                    INSERT INTO share_links (id, collection_id, token_hash, token_sealed, created_at)
                    SELECT {Sql(3, "n")}, {Sql(2, "n")}, sha256(convert_to(
                        translate(rtrim(encode(substr(sha256(convert_to('bench' || n, 'UTF8')), 1, 16), 'base64'), '='), '+/', '-_'), 'UTF8')), '\x00', now() FROM {numbers}
                    """);
            if (range.Items > 0)
                await Run(
                    $"""
                    INSERT INTO collection_items (collection_id, gif_id, position, added_at)
                    SELECT {Sql(2, "n")}, {Sql(1, $"(n::bigint * {range.Items} + j) % {FirstOwnersGifs}")}, order_key(7388168 + j), date_trunc('milliseconds', now())
                    FROM {numbers}, generate_series(0, {range.Items - 1}) j
                    """);
        }

        async Task Run(string sql, params object[] values)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            foreach (var value in values)
                command.Parameters.Add(new() { Value = value });
            await command.ExecuteNonQueryAsync();
        }
    }

    private static string Sql(int kind, string number) => $"('018f0000-{kind:x4}-7000-8000-' || lpad(to_hex(({number})::bigint), 12, '0'))::uuid";
}
