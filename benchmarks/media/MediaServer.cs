using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using GifShare.Fixtures;

namespace GifShare.Bench.Media;

/// <summary>The product as a process with its own PostgreSQL, which flushes as shipped, and one person at a time. Only limits on how often are off.</summary>
sealed class MediaServer : IAsyncDisposable
{
    static readonly string[] Settings =
    [
        "Logging:LogLevel:Default=Warning", "RateLimits:WritesPerMinute=0", "RateLimits:UploadsPerHour=0", "RateLimits:ReadsPerMinutePerAddress=0", "RateLimits:MarksPerMinute=0",
        "RateLimits:RegistrationsPerHourPerAddress=0", "RateLimits:AnonymousPostsPerMinutePerAddress=0", "Storage:QuotaPerUser=1000000000000",
    ];

    readonly ProgramFolder place;
    readonly RunningProgram program;
    readonly HttpClient http, guest;

    MediaServer(ProgramFolder place, RunningProgram program)
    {
        (this.place, this.program) = (place, program);
        (http, guest) = (NewClient(), NewClient());

        HttpClient NewClient() => new() { BaseAddress = program.Address, Timeout = TimeSpan.FromMinutes(10) };
    }

    /// <summary>The most memory that was resident since <see cref="ForgetPeak"/>, in MB.</summary>
    public double PeakMegabytes => File.ReadLines($"/proc/{program.Id}/status").Where(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
        .Select(line => long.Parse(line.AsSpan(6).TrimEnd("kB"), CultureInfo.InvariantCulture)).Single() / 1024.0;

    public double Megabytes => program.Memory / 1024.0 / 1024.0;

    /// <param name="s3">Null: files lie in a folder.</param>
    /// <param name="bucket">The bucket in <paramref name="s3"/>.</param>
    /// <param name="isDirect">Parts go to the store's own addresses.</param>
    public static async Task<MediaServer> StartAsync(S3Server? s3 = null, string bucket = "", bool isDirect = false)
    {
        var place = new ProgramFolder("bench-media");
        List<string> settings = [.. Settings];
        if (s3 is not null)
        {
            settings.AddRange(["ObjectStore:Kind=S3", $"ObjectStore:S3:Endpoint={s3.Endpoint}", $"ObjectStore:S3:AccessKey={s3.AccessKey}", $"ObjectStore:S3:SecretKey={s3.SecretKey}", $"ObjectStore:S3:Bucket={bucket}"]);
            if (isDirect)
                settings.Add("ObjectStore:S3:Direct=true");
        }

        var port = FreePort();
        settings.Add($"PublicUrl=http://localhost:{port}");
        var server = new MediaServer(place, await RunningProgram.UpAsync(place.Data, CancellationToken.None, ["--port", $"{port}", .. settings.SelectMany(setting => new[] { "--set", setting })]));
        try
        {
            await server.WarmUpAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A folder on the same disk.</summary>
    public string Beside(string name) => Directory.CreateDirectory(Path.Combine(place.Folder, name)).FullName;

    /// <summary>The kernel counts the most memory anew.</summary>
    public void ForgetPeak() => File.WriteAllText($"/proc/{program.Id}/clear_refs", "5");

    /// <summary>Somebody who has stored nothing: with all files of a run, one person would have more than anybody may.</summary>
    public async Task NewPersonAsync()
    {
        var name = "u" + Guid.NewGuid().ToString("N")[..12];
        var person = await AskAsync(HttpMethod.Post, "/v1/users", new JsonObject { ["firstName"] = "Ada", ["lastName"] = "Lovelace", ["email"] = $"{name}@example.org", ["username"] = name, ["password"] = "seven quiet otters" });
        http.DefaultRequestHeaders.Authorization = new("Bearer", (string)person["accessToken"]!);
    }

    /// <summary>Announces a file, sends its parts, completes it.</summary>
    /// <param name="file">Its bytes.</param>
    /// <param name="type">Its content type.</param>
    /// <param name="atOnce">Parts at a time.</param>
    /// <param name="completing">Told how long the last call took.</param>
    public Task<string> UploadAsync(byte[] file, string type, int atOnce = 1, Action<TimeSpan>? completing = null) =>
        UploadAsync(file.Length, type, number => file.AsMemory((number - 1) * Load.PartBytes, Math.Min(Load.PartBytes, file.Length - ((number - 1) * Load.PartBytes))), atOnce, completing);

    /// <param name="partOf">The bytes of a part; free again when it was sent.</param>
    public async Task<string> UploadAsync(long size, string type, Func<int, ReadOnlyMemory<byte>> partOf, int atOnce, Action<TimeSpan>? completing = null)
    {
        var begun = await AskAsync(HttpMethod.Post, "/v1/media", new JsonObject { ["fileName"] = "a file", ["contentType"] = type, ["size"] = size });
        var id = (string)begun["media"]!["id"]!;
        var parts = begun["parts"]!.AsArray().Select(part => (Number: (int)part!["number"]!, Url: (string)part["url"]!)).ToList();
        var etags = new string[parts.Count];
        await Parallel.ForEachAsync(parts, new ParallelOptions { MaxDegreeOfParallelism = atOnce }, async (part, _) =>
        {
            using var content = new ReadOnlyMemoryContent(partOf(part.Number));
            content.Headers.ContentType = new(type);
            using var answer = await SendAsync(HttpMethod.Put, part.Url, content, isSigned: true);
            etags[part.Number - 1] = answer.Headers.ETag!.ToString();
        });
        var started = Stopwatch.GetTimestamp();
        await AskAsync(HttpMethod.Post, $"/v1/media/{id}/complete", new JsonObject { ["parts"] = new JsonArray([.. etags.Select((etag, i) => new JsonObject { ["number"] = i + 1, ["etag"] = etag })]) });
        completing?.Invoke(Stopwatch.GetElapsedTime(started));
        return id;
    }

    /// <summary>The same file by tus, in one request.</summary>
    public async Task<string> SendByTusAsync(byte[] file)
    {
        using var content = new ByteArrayContent(file);
        content.Headers.ContentType = new("application/offset+octet-stream");
        using var answer = await SendAsync(HttpMethod.Post, "/files/", content, more: headers =>
        {
            headers.Add("Tus-Resumable", "1.0.0");
            headers.Add("Upload-Length", file.Length.ToString(CultureInfo.InvariantCulture));
        });
        return answer.Headers.GetValues("Media-Id").Single();
    }

    /// <summary>Waits until a file was read, so that nothing of it runs beside what is measured next.</summary>
    public async Task SettleAsync(string id)
    {
        string? status;
        while ((status = (string?)(await AskAsync(HttpMethod.Get, $"/v1/media/{id}"))["status"]) is not ("ready" or "failed"))
            await Task.Delay(20);
        if (status == "failed")
            throw new InvalidOperationException("An upload failed.");
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        guest.Dispose();
        await program.DisposeAsync();
        place.Dispose();
    }

    /// <summary>What runs once is over before anything is measured.</summary>
    async Task WarmUpAsync()
    {
        await NewPersonAsync();
        for (var tries = 1; ; tries++)
        {
            try
            {
                await SettleAsync(await UploadAsync(Load.Film(Load.MiddleBytes), "video/mp4"));
                return;
            }
            catch (HttpRequestException) when (tries < 50)
            {
                // The bucket is made meanwhile.
                await Task.Delay(200);
            }
        }
    }

    async Task<JsonNode> AskAsync(HttpMethod method, string path, JsonNode? body = null)
    {
        using var answer = await SendAsync(method, path, body is null ? null : JsonContent.Create(body));
        return (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    /// <summary>Clients that send to the store come from a page, whose address has to be known.</summary>
    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <param name="isSigned">The address is the credential; a store of its own refuses a second one.</param>
    async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? body, bool isSigned = false, Action<HttpRequestHeaders>? more = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        more?.Invoke(request.Headers);
        var answer = await (isSigned ? guest : http).SendAsync(request);
        if (answer.IsSuccessStatusCode)
            return answer;
        var text = await answer.Content.ReadAsStringAsync();
        answer.Dispose();
        throw new HttpRequestException($"{method} {path.Split('?')[0]} was answered {(int)answer.StatusCode}: {text}");
    }
}
