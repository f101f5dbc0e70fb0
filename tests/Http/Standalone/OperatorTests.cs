using System.Net;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Http.Tests.Standalone;

/// <summary><c>./gifshare user …</c> as the operator types it, with and without a GifShare that runs.</summary>
public sealed class OperatorTests : IDisposable
{
    // The path is longer than a socket's may be.
    private readonly ProgramFolder place = new("operator", "data-" + new string('x', 100));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Data => place.Data;

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task Commands_take_effect_at_once_and_work_without_a_running_program_too()
    {
        string second;
        await using (var program = await RunningProgram.UpAsync(Data, Token))
        {
            using var earlier = await ApiClient.RegisterAsync(program.Address, "first");
            using var ada = await ApiClient.RegisterAsync(program.Address, "ada");
            (await ada.GetAsync("/v1/users/me")).Is(HttpStatusCode.OK);

            var first = await ResetPassword("ada");
            (await ada.GetAsync("/v1/users/me")).Is(HttpStatusCode.Unauthorized);
            Assert.Equal("user", (string?)(await SignIn(program, first))["user"]!["role"]);

            Assert.Equal(0, (await RunningProgram.RunAsync(["user", "promote", "ada", "--data", Data], Token)).ExitCode);
            Assert.Equal("admin", (string?)(await SignIn(program, first))["user"]!["role"]);

            var missing = await RunningProgram.RunAsync(["user", "promote", "nobody", "--data", Data], Token);
            Assert.Equal((1, "There is no user 'nobody'."), (missing.ExitCode, missing.Output.Trim()));

            (await ada.As(null).PostAsync("/operator/promote?name=ada")).Is(HttpStatusCode.NotFound);
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(Data, "control")));
        }

        second = await ResetPassword("ada");
        await using var again = await RunningProgram.UpAsync(Data, Token);
        await SignIn(again, second);
        Assert.Contains("Invitation code: ", (await RunningProgram.RunAsync(["user", "invite", "--data", Data], Token)).Output, StringComparison.Ordinal);
    }

    private async Task<string> ResetPassword(string name)
    {
        var done = await RunningProgram.RunAsync(["user", "reset-password", name, "--data", Data], Token);
        Assert.Equal(0, done.ExitCode);
        return done.Output.Split('\n').Single(line => line.StartsWith("The new password", StringComparison.Ordinal)).Split(": ")[1].Trim();
    }

    private static async Task<Answer> SignIn(RunningProgram program, string password)
    {
        using var client = new ApiClient(program.Address);
        return (await client.PostAsync("/v1/sessions", ApiClient.Credentials("ada", password))).Is(HttpStatusCode.Created);
    }
}
