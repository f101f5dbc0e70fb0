using System.CommandLine;
using GifShare.Standalone.Backup;
using GifShare.Standalone.Cluster;
using GifShare.Standalone.Host;

namespace GifShare.Standalone.Cli;

/// <summary>The commands of the program and their options.</summary>
internal static class CommandLine
{
    private static readonly Option<string> Data = new("--data")
    {
        Description = "The folder that holds everything; made when missing.",
        DefaultValueFactory = _ => "./data",
        HelpName = "FOLDER",
        Recursive = true,
    };

    private static readonly Option<string[]> Set = new("--set")
    {
        Description = "One setting, as Name:Part=value; wins over appsettings.json and the environment.",
        HelpName = "NAME=VALUE",
        Recursive = true,
    };

    public static async Task<int> RunAsync(string[] args, Action<string> say, CancellationToken cancellationToken)
    {
        var parsed = Root(say).Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                await Console.Error.WriteLineAsync(error.Message);
            await Console.Error.WriteLineAsync("See './gifshare help'.");
            return ExitCodes.Usage;
        }

        var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        return await parsed.InvokeAsync(configuration, cancellationToken);
    }

    private static RootCommand Root(Action<string> say)
    {
        var invite = new Command("invite", "Print an invitation code for one new account (Registration:Mode=invite).");
        invite.SetAction((parsed, token) => OperatorVerbs.InviteAsync(OptionsFrom(parsed, say), token));
        var user = new Command("user", "Look after one person's account.")
        {
            ForUser("reset-password", "Print a new password for this person and end their sessions.", OperatorVerbs.ResetPasswordAsync, say),
            ForUser("promote", "Make this person an administrator.", OperatorVerbs.PromoteAsync, say),
            invite,
        };
        var check = new Command("check", "Recount everything that is counted, compare rows with the stored files, and report differences.");
        check.SetAction((parsed, token) => OperatorVerbs.CheckAsync(OptionsFrom(parsed, say), token));

        var copy = new Command("copy", "Copy all files from the store of ObjectStore:Previous to that of ObjectStore:Kind, also while GifShare runs.");
        copy.SetAction((parsed, token) => StoreVerb.CopyAsync(OptionsFrom(parsed, say), token));
        var store = new Command("store", "Look after the store of files.") { copy, Fetch(say) };

        var root = new RootCommand("GifShare: your own place for GIFs, photos and short videos.") { Up(say), Cluster(say), check, Backup(), Restore(), store, user };
        root.Options.Add(Data);
        root.Options.Add(Set);
        return root;
    }

    private static Option<int> Number(string name, int usual, string description) =>
        new(name) { Description = description, DefaultValueFactory = _ => usual, HelpName = "NUMBER" };

    private static Option<string> HostAddress() => new("--host")
    {
        Description = "localhost, '*' to open it to your home network, or one address of this machine.",
        DefaultValueFactory = _ => "localhost",
        HelpName = "ADDRESS",
    };

    private static Command Cluster(Action<string> say)
    {
        var (port, host) = (Number("--port", 8080, "Where its balancer listens."), HostAddress());
        var silos = Number("--silos", 3, "Silo processes.");
        var frontends = Number("--frontends", 2, "Frontend processes.");
        Option<bool> restart = new("--restart") { Description = "Start a process again that ended, with the settings as they are then." };
        var cluster = new Command("cluster", "Start a cluster on this machine and serve until Ctrl-C: silos and frontends as processes, with a balancer in front.")
        {
            silos, frontends, port, host, restart,
        };
        cluster.SetAction((parsed, token) => ClusterVerb.RunAsync(
            OptionsFrom(parsed, say) with { Port = parsed.GetValue(port), Host = parsed.GetValue(host)! },
            new() { Silos = parsed.GetValue(silos), Frontends = parsed.GetValue(frontends), Restart = parsed.GetValue(restart) }, token));
        return cluster;
    }

    private static Command Up(Action<string> say)
    {
        var (port, host) = (Number("--port", 8080, "Where it listens."), HostAddress());
        var up = new Command("up", "Start GifShare and serve until Ctrl-C.") { port, host };
        up.SetAction((parsed, token) => UpVerb.RunAsync(
            OptionsFrom(parsed, say) with { Port = parsed.GetValue(port), Host = parsed.GetValue(host)! }, token));
        return up;
    }

    private static Command Backup()
    {
        Argument<string> file = new("FILE") { Description = "The file to write, or bucket:NAME for the bucket of ObjectStore:S3; it holds every secret of this GifShare." };
        Option<bool> force = new("--force") { Description = "Replace a file of this name, once the new backup is complete." };
        var backup = new Command("backup", "Write everything into one file, also while GifShare runs.") { file, force };
        backup.SetAction((parsed, token) => BackupVerb.RunAsync(
            parsed.GetValue(file)!, parsed.GetValue(force), OptionsFrom(parsed, Console.Error.WriteLine), token));
        return backup;
    }

    private static Command Fetch(Action<string> say)
    {
        Argument<string> name = new("NAME") { Description = "A backup in the bucket of ObjectStore:S3, bucket:NAME." };
        Argument<string> file = new("FILE") { Description = "The file to write." };
        Option<bool> force = new("--force") { Description = "Replace a file of this name, once the new one is complete." };
        var fetch = new Command("fetch", "Copy a backup out of the bucket into a file, for 'restore'.") { name, file, force };
        fetch.SetAction((parsed, token) => BucketBackup.FetchAsync(
            parsed.GetValue(name)!, parsed.GetValue(file)!, parsed.GetValue(force), OptionsFrom(parsed, say), token));
        return fetch;
    }

    private static Command Restore()
    {
        Argument<string> file = new("FILE") { Description = "What 'backup' wrote. Restore only what you trust: it becomes your database." };
        var restore = new Command("restore", "Make the data folder (--data; empty, or not there yet) from a backup.") { file };
        restore.SetAction((parsed, token) => RestoreVerb.RunAsync(parsed.GetValue(file)!, OptionsFrom(parsed, Console.Error.WriteLine), token));
        return restore;
    }

    private static Command ForUser(
        string name, string description, Func<string, StandaloneOptions, CancellationToken, Task<int>> action, Action<string> say)
    {
        Argument<string> who = new("NAME") { Description = "The user name." };
        var command = new Command(name, description) { who };
        command.SetAction((parsed, token) => action(parsed.GetValue(who)!, OptionsFrom(parsed, say), token));
        return command;
    }

    private static StandaloneOptions OptionsFrom(ParseResult parsed, Action<string> say)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var setting in parsed.GetValue(Set) ?? [])
        {
            var split = setting.IndexOf('=', StringComparison.Ordinal);
            if (split <= 0)
                throw new StartFailedException($"--set {setting} is not understood; write --set Name=value.", ExitCodes.Usage);
            settings[setting[..split].Replace("__", ":", StringComparison.Ordinal)] = setting[(split + 1)..];
        }

        return new StandaloneOptions { DataFolder = parsed.GetValue(Data)!, Settings = settings, Say = say };
    }
}
