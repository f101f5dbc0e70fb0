using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Faults.Tests.Uploads;

/// <summary>Somebody whose server or store ends now and then while they upload: they go on where they were.</summary>
internal sealed class UploadScene(Product product, string name)
{
    public const int PartBytes = 5 << 20;

    /// <summary>For whatever waits for a server that is being started again, on a busy machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly List<(string Id, string Hash)> acknowledged = [];
    private string? token;
    private int done, refusals;

    /// <summary>Settings of a product that is uploaded to as fast as it takes it.</summary>
    public static string[] Settings => [$"Media:PartBytes={PartBytes}", "Storage:QuotaPerUser=100000000000", "RateLimits:MarksPerMinute=0"];

    public int Done => Volatile.Read(ref done);

    /// <summary>Requests that were cut off, or refused for the moment.</summary>
    public int Refusals => Volatile.Read(ref refusals);

    public int Acknowledged => acknowledged.Count;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<UploadScene> BeginAsync(Product product)
    {
        using var person = await ApiClient.RegisterAsync(product.Address);
        return new(product, person.Username) { token = person.Token };
    }

    /// <summary>A file of its own: bytes that begin as an MP4 does.</summary>
    public static byte[] Film(int length)
    {
        var file = RandomNumberGenerator.GetBytes(length);
        byte[] start = [0, 0, 0, 16, .. "ftypisom"u8, 0, 0, 2, 0];
        start.CopyTo(file, 0);
        return file;
    }

    /// <summary>After the server was started again.</summary>
    public async Task SignInAsync()
    {
        using var person = await ApiClient.SignInAsync(product.Address, name);
        token = person.Token;
    }

    /// <summary>Uploads a file until it is acknowledged.</summary>
    public async Task UploadAsync(UploadWay way, byte[] file)
    {
        var id = await way(this, file);
        lock (acknowledged)
            acknowledged.Add((id, Convert.ToHexStringLower(SHA256.HashData(file))));
        Interlocked.Increment(ref done);
    }

    /// <summary>Repeats a request until it succeeds.</summary>
    public async Task<Answer> InsistAsync(Func<ApiClient, Task<Answer>> request)
    {
        Answer? answer = null;
        await Eventually.True(async () => (answer = await TryAsync(request))?.IsSuccess == true, Cancel, Patience);
        return answer!;
    }

    /// <summary>Null: cut off, or refused for the moment. 409 is an answer; any other refusal fails the test.</summary>
    public async Task<Answer?> TryAsync(Func<ApiClient, Task<Answer>> request)
    {
        try
        {
            using var client = new ApiClient(product.Address, token);
            var answer = await request(client);
            if (answer.Status == HttpStatusCode.Conflict)
                return answer;
            if (answer.Status != HttpStatusCode.ServiceUnavailable)
                return answer.IsDone();
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            // Cut off.
        }

        Interlocked.Increment(ref refusals);
        return null;
    }

    /// <summary>How many acknowledged uploads are not ready, or come back as other bytes.</summary>
    public async Task<int> WrongAsync()
    {
        var wrong = 0;
        foreach (var (id, hash) in acknowledged)
        {
            JsonNode media = null!;
            await Eventually.True(
                async () => (string?)(media = (await InsistAsync(person => person.GetAsync($"/v1/media/{id}"))).Json)["status"] is "ready" or "failed", Cancel, Patience);
            if ((string?)media["status"] != "ready")
                wrong++;
            else if (Convert.ToHexStringLower(SHA256.HashData((await InsistAsync(person => person.GetAsync((string)media["renditions"]![0]!["url"]!))).Bytes)) != hash)
                wrong++;
        }

        return wrong;
    }
}
