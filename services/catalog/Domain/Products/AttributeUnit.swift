/// What an attribute's number measures, with its base unit.
public enum AttributeDimension: String, Hashable, Sendable, CaseIterable {
    /// No unit.
    case number = ""
    /// Parts of a hundred.
    case percent = "%"
    /// Millimetres.
    case length = "mm"
    /// Square millimetres.
    case area = "mm2"
    /// Grams.
    case mass = "g"
    /// Millilitres.
    case volume = "ml"
    /// Newton metres.
    case torque = "Nm"
    /// Kilopascals.
    case pressure = "kPa"
    /// Volts.
    case voltage = "V"
    /// Amperes.
    case current = "A"
    /// Ampere hours.
    case charge = "Ah"
    /// Watts.
    case power = "W"
    /// Ohms.
    case resistance = "ohm"
    /// Newtons.
    case force = "N"
    /// Lumens.
    case light = "lm"
    /// Kelvin, of light.
    case colorTemperature = "K"
    /// Degrees of angle.
    case angle = "deg"
    /// Turns a minute.
    case speed = "rpm"
    /// Seconds.
    case time = "s"
}

/// A unit by one of its names.
struct AttributeUnit {
    let dimension: AttributeDimension
    /// Millionths of the base unit that one of it is.
    let micros: Int64

    /// - Parameter name: As it is written; case counts where it makes a difference (mA, MA), else not.
    init?(name: Substring) {
        guard let unit = Self.exact[String(name)] ?? Self.lowercase[name.lowercased()] else { return nil }
        self = unit
    }

    private init(_ dimension: AttributeDimension, _ micros: Int64) {
        self.dimension = dimension
        self.micros = micros
    }

    /// Units by names in any case. Inches, pounds, gallons and pounds per square inch are exact by definition, or to a
    /// millionth of the base unit. Source: NIST Special Publication 811, appendix B.
    private static let lowercase: [String: AttributeUnit] = {
        let table: [(AttributeDimension, Int64, [String])] = [
            (.number, 1_000_000, [""]),
            (.percent, 1_000_000, ["%", "percent", "pct"]),
            (.length, 1_000_000, ["mm", "millimeter", "millimeters", "millimetre", "millimetres"]),
            (.length, 10_000_000, ["cm", "centimeter", "centimeters", "centimetre", "centimetres"]),
            (.length, 1_000_000_000, ["m", "meter", "meters", "metre", "metres"]),
            (.length, 1_000, ["um", "µm", "μm", "micron", "microns"]),
            (.length, 25_400_000, ["in", "in.", "inch", "inches", "\"", "″", "”"]),
            (.length, 304_800_000, ["ft", "ft.", "foot", "feet", "'", "′", "’"]),
            (.area, 1_000_000, ["mm2", "mm²", "sq mm"]),
            (.area, 100_000_000, ["cm2", "cm²", "sq cm"]),
            (.area, 645_160_000, ["in2", "in²", "sq in"]),
            (.mass, 1_000_000, ["g", "gr", "gram", "grams"]),
            (.mass, 1_000, ["mg", "milligram", "milligrams"]),
            (.mass, 1_000_000_000, ["kg", "kgs", "kilo", "kilogram", "kilograms"]),
            (.mass, 453_592_370, ["lb", "lb.", "lbs", "lbs.", "pound", "pounds"]),
            (.mass, 28_349_523, ["oz", "oz.", "ounce", "ounces"]),
            (
                .volume, 1_000_000,
                ["ml", "cc", "cm3", "cm³", "ccm", "milliliter", "milliliters", "millilitre", "millilitres"]
            ),
            (.volume, 1_000_000_000, ["l", "ltr", "liter", "liters", "litre", "litres"]),
            (.volume, 3_785_411_784, ["gal", "gal.", "gallon", "gallons"]),
            (.volume, 946_352_946, ["qt", "qt.", "quart", "quarts"]),
            (.volume, 473_176_473, ["pt", "pint", "pints"]),
            (.volume, 29_573_530, ["fl oz", "fl. oz.", "floz", "fluid ounce", "fluid ounces"]),
            (.torque, 1_000_000, ["nm", "n·m", "n-m", "n m", "newton metre", "newton metres", "newton meters"]),
            (.torque, 1_355_818, ["ft-lb", "ft-lbs", "ft lb", "ft lbs", "ft·lb", "lb-ft", "lb ft", "lbf ft", "lb.ft"]),
            (.torque, 112_985, ["in-lb", "in-lbs", "in lb", "in lbs", "lb-in", "lb in"]),
            (.pressure, 1_000_000, ["kpa"]),
            (.pressure, 100_000_000, ["bar"]),
            (.pressure, 6_894_757, ["psi", "lb/in2"]),
            (.voltage, 1_000_000, ["v", "vdc", "volt", "volts"]),
            (.voltage, 1_000_000_000, ["kv"]),
            (.current, 1_000_000, ["a", "amp", "amps", "ampere", "amperes"]),
            (.charge, 1_000_000, ["ah", "amp hour", "amp hours"]),
            (.charge, 1_000, ["mah"]),
            (.power, 1_000_000, ["w", "watt", "watts"]),
            (.power, 1_000_000_000, ["kw", "kilowatt", "kilowatts"]),
            (.power, 745_699_872, ["hp", "horsepower"]),
            (.resistance, 1_000_000, ["ohm", "ohms", "ω", "Ω"]),
            (.force, 1_000_000, ["n", "newton", "newtons"]),
            (.force, 1_000_000_000, ["kn"]),
            (.force, 4_448_222, ["lbf"]),
            (.light, 1_000_000, ["lm", "lumen", "lumens"]),
            (.colorTemperature, 1_000_000, ["k", "kelvin"]),
            (.angle, 1_000_000, ["°", "deg", "degree", "degrees"]),
            (.speed, 1_000_000, ["rpm", "1/min"]),
            (.time, 1_000_000, ["s", "sec", "second", "seconds"]),
            (.time, 1_000, ["ms", "millisecond", "milliseconds"]),
            (.time, 60_000_000, ["min", "minute", "minutes"]),
            (.time, 3_600_000_000, ["h", "hr", "hour", "hours"]),
        ]
        var units: [String: AttributeUnit] = [:]
        for (dimension, micros, names) in table {
            for name in names { units[name] = AttributeUnit(dimension, micros) }
        }
        return units
    }()

    /// Units whose names differ from others by case alone.
    private static let exact: [String: AttributeUnit] = [
        "mA": AttributeUnit(.current, 1_000), "mV": AttributeUnit(.voltage, 1_000),
        "MPa": AttributeUnit(.pressure, 1_000_000_000), "Pa": AttributeUnit(.pressure, 1_000),
        "mPa": AttributeUnit(.pressure, 1), "mW": AttributeUnit(.power, 1_000),
        "MW": AttributeUnit(.power, 1_000_000_000_000),
    ]
}
