using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GifShare.Grains.Collections;
using Npgsql;

namespace GifShare.EndToEnd.Tests.Journeys;

internal sealed record Piece(int Width, int Height, string? Title = null, string? Alt = null, string? Note = null);

/// <summary>
/// Somebody's collection of any size, written into the database at once: all its pictures are one uploaded GIF under many addresses and of
/// many claimed sizes.
/// </summary>
internal sealed class Gallery : IDisposable
{
    private static readonly (int Width, int Height)[] Sizes = [(480, 360), (320, 320), (498, 280), (270, 480), (2400, 400), (200, 1200), (640, 480), (400, 301), (333, 250)];

    private readonly HttpClient http;

    private Gallery(HttpClient http, string owner) => (this.http, Owner) = (http, owner);

    /// <summary>The owner's username.</summary>
    public string Owner { get; }

    public Guid Id { get; } = Guid.CreateVersion7();

    public IReadOnlyList<Guid> Gifs { get; private set; } = [];

    /// <summary>A share link's address, without host.</summary>
    public string Link { get; private set; } = "";

    private string LinkId { get; set; } = "";

    public static async Task<Gallery> Make(Site site, string owner, int count, Func<int, Piece>? piece = null)
    {
        var cancel = TestContext.Current.CancellationToken;
        var http = new HttpClient { BaseAddress = await site.Address() };
        var gallery = new Gallery(http, owner);
        var registered = await gallery.Send(HttpMethod.Post, "/v1/users", new
        {
            firstName = "Ada",
            lastName = "Lovelace",
            email = owner + "@example.org",
            username = owner,
            password = Visitor.Password,
        });
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)registered["accessToken"]!);
        using var form = new MultipartFormDataContent { { new ByteArrayContent(await File.ReadAllBytesAsync(Visitor.Samples.First(), cancel)), "file", "one.gif" } };
        using var uploaded = await http.PostAsync("/v1/gifs", form, cancel);
        var url = (string)JsonNode.Parse(await uploaded.Content.ReadAsStringAsync(cancel))!["url"]!;

        gallery.Gifs = [.. Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7())];
        var pieces = Enumerable.Range(0, count).Select(piece ?? Plain).ToArray();
        await using var source = NpgsqlDataSource.Create($"{await site.Database()};Search Path=gifshare,public");
        await using var command = source.CreateCommand(
            """
            WITH made AS (
                INSERT INTO gifs (id, owner_id, provider, url, width, height, title, alt_text, created_at, updated_at)
                SELECT g.id, $1, 'test', $4 || '&n=' || g.n, g.w, g.h, g.title, g.alt, now(), now()
                FROM unnest($3::uuid[], $5::int[], $6::int[], $7::int[], $8::text[], $9::text[]) AS g (id, n, w, h, title, alt)),
            collection AS (
                INSERT INTO collections (id, owner_id, name, visibility, item_count, created_at, updated_at)
                VALUES ($2, $1, 'Loops without end', 'shared', cardinality($3::uuid[]), now(), now())),
            counters AS (INSERT INTO collection_counters (collection_id) VALUES ($2))
            SELECT 1
            """);
        object[] values =
        [
            Guid.Parse((string)registered["user"]!["id"]!), gallery.Id, gallery.Gifs.ToArray(), url, Enumerable.Range(0, count).ToArray(),
            pieces.Select(p => p.Width).ToArray(), pieces.Select(p => p.Height).ToArray(), pieces.Select(p => p.Title).ToArray(), pieces.Select(p => p.Alt).ToArray(),
        ];
        foreach (var value in values)
            command.Parameters.AddWithValue(value);
        await command.ExecuteNonQueryAsync(cancel);
        await using var items = source.CreateCommand(
            "INSERT INTO collection_items (collection_id, gif_id, position, note, added_at) SELECT $1, i.id, i.position, i.note, now() FROM unnest($2::uuid[], $3::text[], $4::text[]) AS i (id, position, note)");
        items.Parameters.AddWithValue(gallery.Id);
        items.Parameters.AddWithValue(gallery.Gifs.ToArray());
        items.Parameters.AddWithValue(Enumerable.Range(0, count).Select(i => OrderKeys.Whole(OrderKeys.Middle + i)).ToArray());
        items.Parameters.AddWithValue(pieces.Select(p => p.Note).ToArray());
        await items.ExecuteNonQueryAsync(cancel);

        var link = await gallery.Send(HttpMethod.Post, $"/v1/collections/{gallery.Id}/links", new { });
        (gallery.Link, gallery.LinkId) = ("/s/" + (string)link["token"]!, (string)link["id"]!);
        return gallery;
    }

    public async Task Revoke()
    {
        using var answer = await http.DeleteAsync($"/v1/collections/{Id}/links/{LinkId}", TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode);
    }

    /// <summary>A call of the owner's.</summary>
    public async Task<JsonNode> Send(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, text);
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }

    public void Dispose() => http.Dispose();

    private static Piece Plain(int i) => new(Sizes[i * 7 % Sizes.Length].Width, Sizes[i * 7 % Sizes.Length].Height, $"Loop number {i + 1}");
}
