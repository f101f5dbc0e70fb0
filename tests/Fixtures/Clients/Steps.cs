using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace GifShare.Fixtures.Clients;

/// <summary>What tests of every tier do before they come to their subject. Each fails the test when the product does not do it.</summary>
public static class Steps
{
    /// <summary>A collection of the caller's own; the answer is its id.</summary>
    public static async Task<string> NewCollectionAsync(this ApiClient client, string visibility = "shared", string name = "Cats") =>
        (string)(await client.PostAsync("/v1/collections", new JsonObject { ["name"] = name, ["visibility"] = visibility })).Is(HttpStatusCode.Created)["id"]!;

    /// <summary>A linked gif of the caller's own; the answer is its id.</summary>
    public static async Task<string> NewGifAsync(this ApiClient client, string? title = null)
    {
        var body = LinkedGif();
        if (title is not null)
            body["title"] = title;
        return (string)(await client.PostAsync("/v1/gifs", body)).Is(HttpStatusCode.Created)["id"]!;
    }

    /// <summary>A linked gif of the caller's own at the end of a collection; the answer is the gif's id.</summary>
    public static async Task<string> AddNewGifAsync(this ApiClient client, string collection, string? title = null)
    {
        var gif = await client.NewGifAsync(title);
        await client.AddAsync(collection, gif);
        return gif;
    }

    public static async Task AddAsync(this ApiClient client, string collection, string gif) =>
        (await client.PostAsync($"/v1/collections/{collection}/items", new JsonObject { ["gifId"] = gif })).Is(HttpStatusCode.Created);

    /// <summary>A link to a collection, whole: <c>token</c> opens it.</summary>
    public static async Task<JsonNode> NewLinkAsync(this ApiClient client, string collection, object? body = null) =>
        (await client.PostAsync($"/v1/collections/{collection}/links", body ?? new JsonObject())).Is(HttpStatusCode.Created).Json;

    /// <summary>Uploads a file with the fields of its form; the answer is the product's.</summary>
    public static Task<Answer> UploadAsync(this ApiClient client, byte[] file, params (string Name, string Value)[] fields) =>
        client.UploadAsync("/v1/gifs", file, "cat.gif", fields);

    /// <summary>The same where files are taken too, such as a collection's items.</summary>
    public static Task<Answer> UploadAsync(this ApiClient client, string path, byte[] file, string fileName, params (string Name, string Value)[] fields) =>
        client.PostAsync(path, Form(file, fileName, fields));

    /// <summary>An image, whole; the answer is the product's.</summary>
    public static Task<Answer> SetAvatarAsync(this ApiClient client, byte[] image) =>
        client.SendAsync("PUT", "/v1/users/me/avatar", new ByteArrayContent(image) { Headers = { ContentType = new MediaTypeHeaderValue("image/gif") } });

    /// <summary>The bytes of a file.</summary>
    public static async Task<byte[]> GetBytesAsync(this ApiClient client, string path) => (await client.GetAsync(path)).Is(HttpStatusCode.OK).Bytes;

    /// <summary>The ids of a collection's gifs in its order: the first hundred.</summary>
    public static async Task<List<string>> ItemsAsync(this ApiClient client, string collection, string query = "?limit=100") =>
        [.. (await client.GetAsync($"/v1/collections/{collection}/items{query}")).Is(HttpStatusCode.OK)["items"]!.AsArray().Select(item => (string)item!["gif"]!["id"]!)];

    /// <summary>All of a list, page after page.</summary>
    public static async Task<List<JsonNode>> ListAsync(this ApiClient client, string path)
    {
        List<JsonNode> all = [];
        string? cursor = null;
        do
        {
            var page = (await client.GetAsync($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit=100{(cursor is null ? "" : "&cursor=" + Uri.EscapeDataString(cursor))}"))
                .Is(HttpStatusCode.OK);
            all.AddRange(page["items"]!.AsArray().Select(item => item!));
            cursor = (string?)page["next"];
        }
        while (cursor is not null);
        return all;
    }

    /// <summary>The body that makes a linked gif unlike any other.</summary>
    public static JsonObject LinkedGif() =>
        new() { ["url"] = $"https://media.example.org/{Guid.NewGuid():N}.gif", ["width"] = 100, ["height"] = 80, ["provider"] = "example.org" };

    /// <summary>A form with a file, the fields before it.</summary>
    public static MultipartFormDataContent Form(byte[] file, string fileName, params (string Name, string Value)[] fields)
    {
        var form = new MultipartFormDataContent();
        foreach (var (name, value) in fields)
            form.Add(new StringContent(value), name);
        form.Add(new ByteArrayContent(file) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } }, "file", fileName);
        return form;
    }

    /// <summary>A GIF of one pixel, 35 bytes and unlike any other.</summary>
    public static byte[] Pixel() => Pixel(Guid.NewGuid().ToByteArray().AsSpan(0, 6));

    /// <summary>A GIF of one pixel of this colour.</summary>
    public static byte[] Pixel(int colour) => Pixel([(byte)(colour >> 16), (byte)(colour >> 8), (byte)colour, 0, 0, 0]);

    private static byte[] Pixel(ReadOnlySpan<byte> twoColours) =>
        [.. "GIF89a"u8, 1, 0, 1, 0, 0x80, 0, 0, .. twoColours, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b];
}
