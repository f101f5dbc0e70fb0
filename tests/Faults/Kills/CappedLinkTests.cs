using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GifShare.Fixtures;

namespace GifShare.Faults.Kills;

/// <summary>A program that is killed in the middle of its work has kept what it acknowledged, and given no view too many.</summary>
public sealed class CappedLinkTests : IDisposable
{
    private const int Cap = 400, Readers = 8;

    private readonly ProgramFolder _place = new("killed");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task A_capped_link_never_gives_more_views_than_its_cap_and_acknowledged_adds_stay()
    {
        int given = 0;
        List<string> added = [];
        string token, id;
        AuthenticationHeaderValue ada;
        await using (var program = await RunningProgram.UpAsync(_place.Data, Token))
        {
            using var http = new HttpClient { BaseAddress = program.Address };
            var account = await Post(http, "/v1/users", """{"firstName":"Ada","lastName":"L","username":"ada","email":"ada@example.org","password":"correct horse battery"}""");
            ada = http.DefaultRequestHeaders.Authorization = new("Bearer", (string)account["accessToken"]!);
            id = (string)(await Post(http, "/v1/collections", """{"name":"Loops","visibility":"shared"}"""))["id"]!;
            token = (string)(await Post(http, $"/v1/collections/{id}/links", $$"""{"maxViews":{{Cap}}}"""))["token"]!;

            var halfway = new TaskCompletionSource();
            var readers = Enumerable.Range(0, Readers).Select(_ => Open(program.Address, () =>
            {
                if (Interlocked.Increment(ref given) == Cap / 3)
                    halfway.TrySetResult();
            })).ToArray();
            var adds = Add(http, id, added);
            await halfway.Task.WaitAsync(TimeSpan.FromSeconds(60), Token);
            await program.KillAsync(Token);
            await Task.WhenAll([.. readers, adds]);
        }

        await using (var again = await RunningProgram.UpAsync(_place.Data, Token))
        {
            await Task.WhenAll(Enumerable.Range(0, Readers).Select(_ => Open(again.Address, () => Interlocked.Increment(ref given))));
            using var http = new HttpClient { BaseAddress = again.Address, DefaultRequestHeaders = { Authorization = ada } };
            var items = JsonNode.Parse(await http.GetStringAsync(new Uri($"/v1/collections/{id}/items?limit=100", UriKind.Relative), Token))!["items"]!.AsArray();
            Assert.Subset(items.Select(item => (string)item!["gif"]!["url"]!).ToHashSet(), added.ToHashSet());
            Assert.NotEmpty(added);
        }

        // A view may be committed and its answer lost with the process, never the other way round: at most one per reader.
        Assert.InRange(given, Cap - Readers, Cap);
        var check = await RunningProgram.RunAsync(["check", "--data", _place.Data], Token);
        Assert.Equal((0, true), (check.ExitCode, check.Output.Contains("0 differences", StringComparison.Ordinal)));

        async Task Open(Uri server, Action onView)
        {
            using var guest = new HttpClient { BaseAddress = server };
            try
            {
                while (true)
                {
                    using var answer = await guest.GetAsync(new Uri($"/v1/shared/{token}", UriKind.Relative), Token);
                    if (answer.StatusCode != HttpStatusCode.OK)
                    {
                        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
                        return;
                    }

                    onView();
                }
            }
            catch (HttpRequestException)
            {
                // Killed.
            }
        }
    }

    private static async Task Add(HttpClient http, string collection, List<string> added)
    {
        try
        {
            for (var n = 0; n < 60; n++)
            {
                var url = $"https://media.example.org/{n}.gif";
                await Post(http, $"/v1/collections/{collection}/items", $$"""{"url":"{{url}}","width":10,"height":10,"provider":"giphy"}""");
                added.Add(url);
            }
        }
        catch (HttpRequestException)
        {
            // Killed.
        }
    }

    private static async Task<JsonNode> Post(HttpClient http, string path, string body)
    {
        using var content = new StringContent(body, new MediaTypeHeaderValue("application/json"));
        using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), content, Token);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonNode>(Token))!;
    }
}
