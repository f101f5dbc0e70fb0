using System.Reflection;
using System.Runtime.CompilerServices;

namespace GifShare.Grains.Tests.Contracts;

/// <summary>engine.md, Contracts: what a rolling upgrade would trip over.</summary>
public sealed class ContractTests
{
    static readonly Assembly[] Product = [Assembly.Load("GifShare.GrainInterfaces"), Assembly.Load("GifShare.Grains")];

    [Fact]
    public void Every_contract_keeps_the_rules()
    {
        var broken = ContractRules.Check([.. Product, typeof(ContractTests).Assembly, typeof(SiloHost.Happening).Assembly]);
        Assert.True(broken.Count == 0, $"{broken.Count} contract rules are broken (engine.md, Contracts):\n{string.Join('\n', broken)}");
    }

    /// <summary>A changed contract is a visible diff. <c>UPDATE_SNAPSHOTS=1 dotnet test</c> rewrites the file.</summary>
    [Fact]
    public void The_contracts_are_those_of_the_snapshot() => Snapshot.Check("Contracts.snapshot.txt", ContractSnapshot.Of(Product));
}

/// <summary>A committed text that the code must match.</summary>
static class Snapshot
{
    public static void Check(string file, string actual, [CallerFilePath] string here = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(here)!, file);
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1")
            File.WriteAllText(path, actual);
        var expected = File.Exists(path) ? File.ReadAllText(path) : "";
        if (expected == actual)
            return;
        var (was, now) = (expected.Split('\n'), actual.Split('\n'));
        Assert.Fail($"{file} does not match the code. If the change is meant, run the tests with UPDATE_SNAPSHOTS=1 and commit the file.\n"
            + string.Join('\n', was.Except(now).Select(l => "- " + l).Concat(now.Except(was).Select(l => "+ " + l))));
    }
}
