using System.Collections.Concurrent;
using System.Reflection;
using System.Text;

namespace GifShare.Fixtures.Clients;

/// <summary>What the tests measured, as the tables of docs/reliability.md: printed at the end of the long form and left in artifacts/faults.md or cluster.md.</summary>
public sealed class FaultReport : IDisposable
{
    private static readonly ConcurrentQueue<(string Section, string What, string Promised, string Measured)> Rows = new();

    /// <param name="section">The table it belongs to.</param>
    /// <param name="what">What was done or asked.</param>
    /// <param name="promised">What is promised for it.</param>
    /// <param name="measured">What it was, with its unit.</param>
    public static void Add(string section, string what, string promised, string measured)
    {
        Rows.Enqueue((section, what, promised, measured));
        TestContext.Current.SendDiagnosticMessage("{0}: {1}: {2} (promised: {3})", section, what, measured, promised);
    }

    public void Dispose()
    {
        if (!FaultScale.IsLong || Rows.IsEmpty)
            return;
        var text = new StringBuilder();
        foreach (var section in Rows.GroupBy(r => r.Section))
        {
            text.Append("\n### ").Append(section.Key).Append("\n\n| what | promised | measured |\n|---|---|---|\n");
            foreach (var row in section)
                text.Append("| ").Append(row.What).Append(" | ").Append(row.Promised).Append(" | ").Append(row.Measured).Append(" |\n");
        }

        text.Append("\nSeed ").Append(FaultScale.Seed).Append(".\n");
        Console.WriteLine(text);
        File.WriteAllText(Path.Combine(RunningProgram.Checkout, "artifacts", Assembly.GetEntryAssembly()!.GetName().Name!.Split('.')[1].ToLowerInvariant() + ".md"), text.ToString());
    }
}
