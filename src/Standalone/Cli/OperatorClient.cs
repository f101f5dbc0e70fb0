using System.Net.Sockets;
using GifShare.Standalone.Host;

namespace GifShare.Standalone.Cli;

/// <summary>Runs an operator's command in the GifShare that runs on the data folder, or in one started for the command.</summary>
internal static class OperatorClient
{
    public static async Task<int> RunAsync(string verb, string? name, StandaloneOptions options, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(options.DataFolder))
        {
            throw new StartFailedException(
                $"There is no data folder {Path.GetFullPath(options.DataFolder)}; name the data folder of your GifShare with --data.", ExitCodes.Usage);
        }

        var (done, sentence) = await AskRunning(verb, name, options.DataFolder, cancellationToken) ?? await Start(verb, name, options, cancellationToken);
        await (done ? Console.Out : Console.Error).WriteLineAsync(sentence);
        return done ? ExitCodes.Success : ExitCodes.Failure;
    }

    /// <returns>Null when no GifShare runs on the data folder.</returns>
    internal static async Task<(bool Done, string Sentence)?> AskRunning(string verb, string? name, string dataFolder, CancellationToken cancellationToken)
    {
        using var door = ControlDoor.Find(dataFolder);
        if (door is null)
            return null;
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) => new NetworkStream(await Connect(door.Path, token), ownsSocket: true),
        };
        using var http = new HttpClient(handler) { BaseAddress = new Uri("http://localhost") };
        try
        {
            using var response = await http.PostAsync(
                new Uri($"/operator/{verb}?name={Uri.EscapeDataString(name ?? "")}", UriKind.Relative), content: null, cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            return (int)response.StatusCode is 200 or 422
                ? (response.IsSuccessStatusCode, text)
                : (false, $"The running GifShare could not do it ({(int)response.StatusCode}); its log says why.");
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException)
        {
            return null;
        }
    }

    private static async Task<(bool Done, string Sentence)> Start(string verb, string? name, StandaloneOptions options, CancellationToken cancellationToken)
    {
        var settings = new Dictionary<string, string?>(options.Settings);
        // Only the result belongs on the terminal.
        settings.TryAdd("Logging:LogLevel:Default", "Error");
        await using var host = await StandaloneHost.StartAsync(
            options with { Port = 0, Host = "localhost", Settings = settings, Say = static _ => { } }, cancellationToken);
        return await OperatorActions.Run(verb, name, host.Services.GetRequiredService<IGrainFactory>());
    }

    private static async Task<Socket> Connect(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
