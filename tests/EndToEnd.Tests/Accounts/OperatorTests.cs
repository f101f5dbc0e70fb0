using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GifShare.Fixtures;

namespace GifShare.EndToEnd.Tests.Accounts;

/// <summary><c>./gifshare user …</c> as the operator types it, with and without a GifShare that runs.</summary>
public sealed class OperatorTests : IDisposable
{
    // The path is longer than a socket's may be.
    private readonly ProgramFolder _place = new("operator", "data-" + new string('x', 100));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Data => _place.Data;

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task Commands_take_effect_at_once_and_work_without_a_running_program_too()
    {
        string second;
        await using (var program = await RunningProgram.UpAsync(Data, Token))
        {
            using var http = new HttpClient { BaseAddress = program.Address };
            await Register(http, "first");
            var access = await Register(http, "ada");
            Assert.Equal(HttpStatusCode.OK, await GetMe(http, access));

            var first = await ResetPassword("ada");
            Assert.Equal(HttpStatusCode.Unauthorized, await GetMe(http, access));
            Assert.Equal("user", (string?)(await SignIn(http, first))!["user"]!["role"]);

            Assert.Equal(0, (await RunningProgram.RunAsync(["user", "promote", "ada", "--data", Data], Token)).ExitCode);
            Assert.Equal("admin", (string?)(await SignIn(http, first))!["user"]!["role"]);

            var missing = await RunningProgram.RunAsync(["user", "promote", "nobody", "--data", Data], Token);
            Assert.Equal((1, "There is no user 'nobody'."), (missing.ExitCode, missing.Output.Trim()));

            using var outside = await http.PostAsync(new Uri("/operator/promote?name=ada", UriKind.Relative), null, Token);
            Assert.Equal(HttpStatusCode.NotFound, outside.StatusCode);
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(Data, "control")));
        }

        second = await ResetPassword("ada");
        await using var again = await RunningProgram.UpAsync(Data, Token);
        using var later = new HttpClient { BaseAddress = again.Address };
        Assert.NotNull(await SignIn(later, second));
        Assert.Contains("Invitation code: ", (await RunningProgram.RunAsync(["user", "invite", "--data", Data], Token)).Output, StringComparison.Ordinal);
    }

    private async Task<string> ResetPassword(string name)
    {
        var done = await RunningProgram.RunAsync(["user", "reset-password", name, "--data", Data], Token);
        Assert.Equal(0, done.ExitCode);
        return done.Output.Split('\n').Single(line => line.StartsWith("The new password", StringComparison.Ordinal)).Split(": ")[1].Trim();
    }

    private static async Task<string> Register(HttpClient http, string name)
    {
        using var answer = await http.PostAsJsonAsync(
            new Uri("/v1/users", UriKind.Relative),
            new { firstName = "Ada", lastName = "Lovelace", email = name + "@example.org", username = name, password = "seven quiet otters" }, Token);
        return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!["accessToken"]!;
    }

    private static async Task<JsonNode?> SignIn(HttpClient http, string password)
    {
        using var answer = await http.PostAsJsonAsync(new Uri("/v1/sessions", UriKind.Relative), new { login = "ada", password }, Token);
        return answer.StatusCode == HttpStatusCode.Created ? JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token)) : null;
    }

    private static async Task<HttpStatusCode> GetMe(HttpClient http, string access)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/users/me") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", access) } };
        using var answer = await http.SendAsync(request, Token);
        return answer.StatusCode;
    }
}
