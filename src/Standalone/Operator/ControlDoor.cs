using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Win32.SafeHandles;

namespace GifShare.Standalone.Operator;

/// <summary>
/// The operator's door into a running GifShare: a unix socket in the data folder, behind a folder that only its owner may enter, so that
/// whoever can open it owns the data anyway. Commands go to the grains that hold the state, hence take effect at once.
/// </summary>
internal sealed class ControlDoor : IDisposable
{
    private readonly SafeFileHandle _folder;

    private ControlDoor(SafeFileHandle folder) => _folder = folder;

    /// <summary>
    /// Names the socket by an open handle of its folder: socket paths may have only 107 bytes, a data folder's path may be longer. Valid while this lives.
    /// </summary>
    public string Path => $"/proc/self/fd/{_folder.DangerousGetHandle()}/socket";

    /// <summary>Makes the folder. The caller holds the data folder, so a socket that is there is a dead one's.</summary>
    public static ControlDoor Make(string dataFolder)
    {
        var folder = FolderIn(dataFolder);
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var door = new ControlDoor(Linux.OpenFolder(folder));
        File.Delete(door.Path);
        return door;
    }

    /// <summary>Null when no GifShare has ever run on this data folder.</summary>
    public static ControlDoor? Find(string dataFolder) =>
        Directory.Exists(FolderIn(dataFolder)) ? new ControlDoor(Linux.OpenFolder(FolderIn(dataFolder))) : null;

    public void Listen(KestrelServerOptions kestrel) => kestrel.ListenUnixSocket(Path);

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/operator/{verb}", async (string verb, string? name, IGrainFactory grains) =>
        {
            var (done, sentence) = await OperatorActions.Run(verb, name, grains);
            return Results.Text(sentence, statusCode: done ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
        })
        .AddEndpointFilter(async (context, next) => IsThroughTheDoor(context.HttpContext) ? await next(context) : Results.NotFound())
        .AllowAnonymous()
        .ExcludeFromDescription();

    public void Dispose() => _folder.Dispose();

    private static bool IsThroughTheDoor(HttpContext context) =>
        context.Features.Get<IConnectionSocketFeature>()?.Socket.LocalEndPoint is UnixDomainSocketEndPoint;

    private static string FolderIn(string dataFolder) => System.IO.Path.Combine(dataFolder, "control");
}
