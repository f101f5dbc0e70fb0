using System.Net.Sockets;
using GifShare.Standalone.Host;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Win32.SafeHandles;

namespace GifShare.Standalone.Cli;

/// <summary>
/// The operator's control socket: a unix socket in a subfolder of the data folder that only its owner may enter, so whoever can open the
/// socket owns the data anyway. Commands are grain calls on the running GifShare, so they take effect at once.
/// </summary>
internal sealed class ControlDoor : IDisposable
{
    private readonly SafeFileHandle folder;

    private ControlDoor(SafeFileHandle folder) => this.folder = folder;

    /// <summary>
    /// The socket's path through an open handle of its folder, because socket paths are limited to 107 bytes. Valid until this is disposed.
    /// </summary>
    public string Path => $"/proc/self/fd/{folder.DangerousGetHandle()}/socket";

    /// <summary>Creates the folder. The caller holds the lock of the data folder, so an existing socket is stale.</summary>
    public static ControlDoor Make(string dataFolder)
    {
        var folder = FolderIn(dataFolder);
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var door = new ControlDoor(Linux.OpenFolder(folder));
        File.Delete(door.Path);
        return door;
    }

    /// <returns>Null when no GifShare has ever run on this data folder.</returns>
    public static ControlDoor? Find(string dataFolder) =>
        Directory.Exists(FolderIn(dataFolder)) ? new ControlDoor(Linux.OpenFolder(FolderIn(dataFolder))) : null;

    public void Listen(KestrelServerOptions kestrel) => kestrel.ListenUnixSocket(Path);

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/operator/{verb}", async (string verb, string? name, IGrainFactory grains) =>
        {
            var (done, sentence) = await OperatorActions.Run(verb, name, grains);
            return Results.Text(sentence, statusCode: done ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
        })
        .AddEndpointFilter(async (context, next) => IsControlSocket(context.HttpContext) ? await next(context) : Results.NotFound())
        .AllowAnonymous()
        .ExcludeFromDescription();

    public void Dispose() => folder.Dispose();

    private static bool IsControlSocket(HttpContext context) =>
        context.Features.Get<IConnectionSocketFeature>()?.Socket.LocalEndPoint is UnixDomainSocketEndPoint;

    private static string FolderIn(string dataFolder) => System.IO.Path.Combine(dataFolder, "control");
}
