using System.Globalization;
using System.Runtime.InteropServices;
using GifShare.Bench;
using GifShare.Bench.Load;
using GifShare.Bench.Rows;
using GifShare.Bench.Systems;

// The other verbs are this program's own child processes.
switch (args)
{
    case ["ceiling", .. var rest]:
        return await Ceiling.RunAsync(rest);
    case ["classic", .. var rest]:
        return await Classic.RunAsync(rest);
    case ["sql", .. var rest]:
        return await PlainSql.RunAsync(rest);
    case ["openloop", .. var rest]:
        return OpenLoop.Child(rest);
    case ["memory", .. var rest]:
        return await MemoryProbe.Child(rest);
}

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
try
{
    var options = Options.Parse(args);
    var findings = await Plan.RunAsync(options, Console.WriteLine);
    var report = Report.Write(findings);
    Console.WriteLine($"\n{report}");
    if (options.Only.Count + options.Systems.Count == 0 && !options.Short)
        Console.WriteLine($"Written to {Report.Save(report, Path.Combine(Directory.GetCurrentDirectory(), "docs", "benchmarks.md"))}.");
    return 0;
}
catch (FormatException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
catch (Exception) when (Children.IsEnding)
{
    return 1;
}
catch (InvalidOperationException e)
{
    Console.Error.WriteLine(e);
    return 1;
}

// Ending the children makes every wait on a child return, so that the run shuts down in order: servers, databases, folder.
static void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    Console.Error.WriteLine("Ending.");
    _ = Task.Run(Children.End);
}
