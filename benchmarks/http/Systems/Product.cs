using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GifShare.Standalone.Postgres;

namespace GifShare.Bench.Systems;

/// <summary>(d) GifShare as shipped, in its own process with its managed PostgreSQL. Only the rate limits are raised.</summary>
internal sealed partial class Product(string folder)
{
    private const string Many = "1000000";
    private static readonly TimeSpan TokenLife = TimeSpan.FromMinutes(8);

    private readonly string data = Path.Combine(folder, "product");
    private readonly List<(string Access, string Refresh)> sessions = [];
    private Process? process;
    private DateTime tokensAt;

    public int Port { get; private set; }

    public int ProcessId => process?.Id ?? 0;

    public string DataFolder => data;

    public string Log => Path.Combine(folder, "product.log");

    public List<Guid> Users { get; } = [];

    public string ConnectionString => ManagedPostgres.ConnectionStringOf(data)! + ";Search Path=gifshare,public";

    public static Dictionary<string, string> Settings { get; } = new()
    {
        ["RateLimits:ReadsPerMinutePerAddress"] = "2000000000",
        ["RateLimits:AnonymousPostsPerMinutePerAddress"] = Many,
        ["RateLimits:RegistrationsPerHourPerAddress"] = Many,
        ["RateLimits:WritesPerMinute"] = Many,
        ["RateLimits:ItemsPerMinute"] = "0",
        ["Quotas:Collections"] = "0",
        ["Quotas:Items"] = "0",
        ["Quotas:Gifs"] = "0",
        ["Quotas:Links"] = "0",
    };

    public BenchSystem System => new(BenchSystem.Product, Port, () => ProcessId, () => ProcFs.WorkingIn(Path.Combine(data, "postgres"))) { Tokens = FreshTokens };

    public void Start()
    {
        var program = Path.GetFullPath("../../Standalone/release/GifShare.Standalone.dll", AppContext.BaseDirectory);
        // The same port after a restart, since the port is recorded elsewhere.
        process = Children.Start(Log, "dotnet", [program, "up", "--port", $"{Port}", "--data", data, .. Settings.SelectMany(set => new[] { "--set", $"{set.Key}={set.Value}" })]);
        Match ready = Match.Empty;
        Children.WaitFor(process, Log, () => (ready = Ready().Match(File.ReadAllText(Log))).Success);
        Port = int.Parse(ready.Groups[1].ValueSpan);
    }

    public void Stop()
    {
        if (process is not null)
            Children.Stop(process);
        process = null;
    }

    public async Task RegisterAsync(int count)
    {
        using var client = new HttpClient { BaseAddress = new($"http://localhost:{Port}") };
        for (var i = 0; i < count; i++)
        {
            var body = new { firstName = "Viewer", lastName = $"Number{i}", email = $"user{i}@example.org", username = $"user{i}", password = "seven quiet otters swim" };
            Keep(await SendAsync(client, "/v1/users", body));
        }

        tokensAt = DateTime.UtcNow;
    }

    /// <summary>Issues access tokens that stay valid for some minutes.</summary>
    private string[] FreshTokens()
    {
        if (DateTime.UtcNow - tokensAt > TokenLife)
            RefreshAsync().GetAwaiter().GetResult();
        return [.. sessions.Select(session => session.Access)];
    }

    private async Task RefreshAsync()
    {
        using var client = new HttpClient { BaseAddress = new($"http://localhost:{Port}") };
        for (var i = 0; i < sessions.Count; i++)
        {
            var answer = await SendAsync(client, "/v1/sessions/refresh", new { refreshToken = sessions[i].Refresh });
            sessions[i] = (answer["accessToken"]!.ToString(), answer["refreshToken"]!.ToString());
        }

        tokensAt = DateTime.UtcNow;
    }

    private void Keep(JsonNode signedIn)
    {
        sessions.Add((signedIn["accessToken"]!.ToString(), signedIn["refreshToken"]!.ToString()));
        Users.Add(Guid.Parse(signedIn["user"]!["id"]!.ToString()));
    }

    private static async Task<JsonNode> SendAsync(HttpClient client, string path, object body)
    {
        using var answer = await client.PostAsJsonAsync(path, body);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException($"POST {path} was answered {answer.StatusCode}: {text}");
    }

    [GeneratedRegex(@"GifShare is ready at http://localhost:(\d+)")]
    private static partial Regex Ready();
}
