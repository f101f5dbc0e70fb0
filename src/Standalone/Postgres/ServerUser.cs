using GifShare.Standalone.Host;

namespace GifShare.Standalone.Postgres;

/// <summary>
/// The user that PostgreSQL runs as. PostgreSQL refuses to run as root, so root starts it as the system user <c>gifshare</c> (or as the owner of an
/// existing cluster); any other user runs it as themselves.
/// </summary>
internal sealed record ServerUser(string Name, string? Group)
{
    public const string SystemUser = "gifshare";

    public bool IsSomebodyElse => Group is not null;

    /// <summary>The arguments with which setpriv(1) runs a command as this user.</summary>
    public IReadOnlyList<string> Setpriv => IsSomebodyElse ? [$"--reuid={Name}", $"--regid={Group}", "--init-groups"] : [];

    public static async Task<ServerUser> DecideAsync(string? existingCluster, CancellationToken cancellationToken)
    {
        if (!Linux.IsRoot)
            return new ServerUser(Environment.UserName, null);
        if (existingCluster is not null)
        {
            var owner = await ChildProcess.RunAsync(["stat", "-c", "%U %G", existingCluster], null, cancellationToken);
            if (owner.Succeeded && owner.Output.Split(' ') is [var user, var group] && user is not "root" and not "UNKNOWN")
                return new ServerUser(user, group);
        }

        if (!await ExistsAsync(cancellationToken))
        {
            var added = await ChildProcess.RunAsync(
                ["useradd", "--system", "--user-group", "--home-dir", "/var/lib/gifshare", "--no-create-home", "--shell", "/usr/sbin/nologin", SystemUser],
                null, cancellationToken);
            // Another GifShare may have created the user concurrently.
            if (!added.Succeeded && !await ExistsAsync(cancellationToken))
            {
                throw new StartFailedException(
                    $"PostgreSQL does not run as root, and the system user '{SystemUser}' could not be created ({added.Output}); "
                    + "start GifShare as an ordinary user instead.", ExitCodes.Usage);
            }
        }

        return new ServerUser(SystemUser, SystemUser);
    }

    public Task<ChildProcess.Outcome> RunAsync(IEnumerable<string> command, CancellationToken cancellationToken, string? input = null) =>
        ChildProcess.RunAsync(
            IsSomebodyElse ? ["setpriv", .. Setpriv, .. command] : [.. command],
            input, cancellationToken);

    public async Task<bool> CanReachAsync(string folder, CancellationToken cancellationToken) =>
        !IsSomebodyElse || (await RunAsync(["test", "-x", folder], cancellationToken)).Succeeded;

    /// <summary>Creates a folder that only this user (and root) may enter.</summary>
    public async Task CreateFolderAsync(string folder, CancellationToken cancellationToken)
    {
        if (!IsSomebodyElse)
        {
            const UnixFileMode onlyMe = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            Directory.CreateDirectory(folder, onlyMe);
            // Fails when another user created the folder first, as an attacker might try in a shared /tmp.
            File.SetUnixFileMode(folder, onlyMe);
            return;
        }

        var made = await ChildProcess.RunAsync(
            ["install", "-d", "-m", "0700", "-o", Name, "-g", Group!, folder], null, cancellationToken);
        if (!made.Succeeded)
            throw new StartFailedException($"The folder {folder} could not be created: {made.Output}.");
    }

    /// <summary>
    /// Writes a file as this user, because root must not write in a folder that another user controls. A file that already has this text is not rewritten:
    /// on a full disk a rewrite would truncate it.
    /// </summary>
    public async Task WriteFileAsync(string path, string text, CancellationToken cancellationToken)
    {
        if (File.Exists(path) && await File.ReadAllTextAsync(path, cancellationToken) == text)
            return;
        if (!IsSomebodyElse)
        {
            await File.WriteAllTextAsync(path, text, cancellationToken);
            return;
        }

        var written = await RunAsync(["dd", "status=none", $"of={path}"], cancellationToken, text);
        if (!written.Succeeded)
            throw new StartFailedException($"The file {path} could not be written: {written.Output}.");
    }

    private static async Task<bool> ExistsAsync(CancellationToken cancellationToken) =>
        (await ChildProcess.RunAsync(["id", "-u", SystemUser], null, cancellationToken)).Succeeded;
}
