using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using GifShare.Fixtures.Clients;

namespace GifShare.Faults.Tests.Uploads;

/// <summary>A protocol by which a file is uploaded, whatever is cut off meanwhile. Answers the media's id when the file is acknowledged.</summary>
internal delegate Task<string> UploadWay(UploadScene scene, byte[] file);

/// <summary>The protocols of api.md as their clients speak them.</summary>
internal static class UploadWays
{
    private static readonly (string, string) Version = ("Tus-Resumable", "1.0.0");

    public static UploadWay[] All => [InPartsAsync, ByTusAsync, ByUppyInPartsAsync, ByUppysFormAsync];

    public static async Task<string> InPartsAsync(UploadScene scene, byte[] file)
    {
        var announced = new JsonObject { ["fileName"] = "film.mp4", ["contentType"] = "video/mp4", ["size"] = file.Length };
        var key = Guid.NewGuid().ToString();
        var id = (string)(await scene.InsistAsync(client => client.PostAsync("/v1/media", announced.DeepClone(), ("Idempotency-Key", key))))["media"]!["id"]!;
        while (true)
        {
            var state = await scene.InsistAsync(client => client.GetAsync($"/v1/media/{id}/parts"));
            // An acknowledgement that was lost: no parts are expected any more.
            if (state["partSize"] is null)
                return id;
            var parts = state["received"]!.AsArray().ToDictionary(part => (int)part!["number"]!, part => (string)part!["etag"]!);
            foreach (var part in state["missing"]!.AsArray())
                await PutAsync(scene, file, (int)part!["number"]!, (string)part["url"]!, parts);
            if (parts.Count < PartsOf(file))
                continue;
            var manifest = new JsonArray([.. parts.OrderBy(part => part.Key).Select(part => new JsonObject { ["number"] = part.Key, ["etag"] = part.Value })]);
            if (await scene.TryAsync(client => client.PostAsync($"/v1/media/{id}/complete", new JsonObject { ["parts"] = manifest.DeepClone() })) is { IsSuccess: true })
                return id;
        }
    }

    /// <summary>In chunks that are no multiples of parts.</summary>
    public static async Task<string> ByTusAsync(UploadScene scene, byte[] file)
    {
        const int chunk = 3_000_000;
        var created = await scene.InsistAsync(client => client.SendAsync(
            "POST", "/files/", null, Version, ("Upload-Length", file.Length.ToString(CultureInfo.InvariantCulture)), ("Upload-Metadata", "filename ZmlsbS5tcDQ=,filetype dmlkZW8vbXA0")));
        var upload = created.Headers.Location!.ToString();
        var offset = 0;
        while (offset < file.Length)
        {
            var sent = await scene.TryAsync(client => client.SendAsync(
                "PATCH", upload, Chunk(file.AsMemory(offset, Math.Min(chunk, file.Length - offset))), Version, ("Upload-Offset", offset.ToString(CultureInfo.InvariantCulture))));
            if (sent is not { IsSuccess: true })
                sent = await scene.InsistAsync(client => client.SendAsync("HEAD", upload, null, Version));
            offset = int.Parse(sent.Header("Upload-Offset")!, CultureInfo.InvariantCulture);
        }

        return upload["/files/".Length..];
    }

    public static async Task<string> ByUppyInPartsAsync(UploadScene scene, byte[] file)
    {
        var announced = new JsonObject { ["filename"] = "film.mp4", ["type"] = "video/mp4", ["metadata"] = new JsonObject { ["size"] = file.Length } };
        var begun = await scene.InsistAsync(client => client.PostAsync("/uppy/s3/multipart", announced.DeepClone()));
        var (id, key) = ((string)begun["uploadId"]!, $"?key={begun["key"]}");
        while (true)
        {
            var list = JsonNode.Parse((await scene.InsistAsync(client => client.GetAsync($"/uppy/s3/multipart/{id}{key}"))).Bytes)!.AsArray();
            var parts = list.ToDictionary(part => (int)part!["PartNumber"]!, part => (string)part!["ETag"]!);
            foreach (var number in Enumerable.Range(1, PartsOf(file)).Where(number => !parts.ContainsKey(number)))
                await PutAsync(scene, file, number, (string)(await scene.InsistAsync(client => client.GetAsync($"/uppy/s3/multipart/{id}/{number}{key}")))["url"]!, parts);
            if (parts.Count < PartsOf(file))
                continue;
            var manifest = new JsonArray([.. parts.OrderBy(part => part.Key).Select(part => new JsonObject { ["PartNumber"] = part.Key, ["ETag"] = part.Value })]);
            // A plugin that lost the answer asks again; then it is there.
            Answer? completed;
            do
                completed = await scene.TryAsync(client => client.PostAsync($"/uppy/s3/multipart/{id}/complete{key}", new JsonObject { ["parts"] = manifest.DeepClone() }));
            while (completed is null);
            if (completed.IsSuccess)
                return id;
        }
    }

    /// <summary>A form that was cut off is begun anew, as the plugin does; what came of the first is left to the sweeps.</summary>
    public static async Task<string> ByUppysFormAsync(UploadScene scene, byte[] file)
    {
        while (true)
        {
            var begun = await scene.InsistAsync(client => client.GetAsync($"/uppy/s3/params?filename=film.mp4&type=video/mp4&metadata[size]={file.Length}"));
            var (id, url) = ((string)begun["fields"]!["key"]!, (string)begun["url"]!);
            if (await scene.TryAsync(client => client.As(null).SendAsync("POST", LocalOf(url), Form(id, file))) is { IsSuccess: true })
                return id;
        }
    }

    public static MultipartFormDataContent Form(string key, byte[] file) => new() { { new StringContent(key), "key" }, { new ByteArrayContent(file), "file", "blob" } };

    public static HttpContent Chunk(ReadOnlyMemory<byte> bytes)
    {
        var content = new ReadOnlyMemoryContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
        return content;
    }

    public static ReadOnlyMemory<byte> PartOf(byte[] file, int number)
    {
        var start = (number - 1) * UploadScene.PartBytes;
        return file.AsMemory(start, Math.Min(UploadScene.PartBytes, file.Length - start));
    }

    /// <summary>The server's port is another one after it was started again; the path stays.</summary>
    public static string LocalOf(string url) => Uri.TryCreate(url, UriKind.Absolute, out var absolute) && absolute.Scheme.StartsWith("http", StringComparison.Ordinal) ? absolute.PathAndQuery : url;

    private static int PartsOf(byte[] file) => (file.Length + UploadScene.PartBytes - 1) / UploadScene.PartBytes;

    private static async Task PutAsync(UploadScene scene, byte[] file, int number, string url, Dictionary<int, string> parts)
    {
        if (await scene.TryAsync(client => client.As(null).SendAsync("PUT", LocalOf(url), new ReadOnlyMemoryContent(PartOf(file, number)))) is { IsSuccess: true } sent)
            parts[number] = sent.ETag!;
    }
}
