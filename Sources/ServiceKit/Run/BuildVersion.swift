/// The version of the project.
///
/// A constant: the package manager gives a build no way to learn the commit that is not a plugin, and what is read at
/// run time could differ from what was built. A release changes this line.
public enum BuildVersion {
    /// The version of this build.
    public static let current = "0.1.0"
}
